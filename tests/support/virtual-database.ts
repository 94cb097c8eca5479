import { HttpResponse } from '@smithy/core/protocols'
import { vi } from 'vitest'
import * as z from 'zod'
import type { Fault } from './database.ts'

const LATENCY_MS = 25
const attributes = z.record(z.string(), z.unknown())
const command = z.object({ TableName: z.string(), Item: attributes.optional(), Key: attributes.optional() })

/**
 * Puts the SDK's client of `lib/dynamodb/client.ts` above items in memory, without a connection. `plan` throttles
 * commands. With fake timers, no run depends on the speed of the machine.
 */
export async function startVirtualDatabase(plan: (name: string, body: string) => Fault, latencyMs = LATENCY_MS) {
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'ignored')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'ignored')
  const items = new Map<string, unknown>()
  const respond = (status: number, body: object) => ({
    response: new HttpResponse({ statusCode: status, headers: {}, body: Buffer.from(JSON.stringify(body)) }),
  })
  const handle = async (request: { headers: Record<string, string>; body: Uint8Array }) => {
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs))
    const name = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    const body = Buffer.concat([request.body]).toString()
    if (plan(name, body) === 'throttled')
      return respond(400, { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException' })
    const { Item, Key } = command.parse(JSON.parse(body))
    const { series, block, submission, piece } = { ...Item, ...Key }
    const key = JSON.stringify([series, block, submission, piece])
    if (name === 'GetItem') return respond(200, items.has(key) ? { Item: items.get(key) } : {})
    if (name === 'PutItem') items.set(key, Item)
    if (name === 'DeleteItem') items.delete(key)
    return respond(200, {})
  }
  const { dynamodb } = await import('../../lib/dynamodb/client.ts')
  Object.assign(dynamodb.config.requestHandler, { handle })
  return items
}

/** Stops the clock, also of abort signals. `vi.useRealTimers` and `vi.restoreAllMocks` start it again. */
export function useVirtualTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(new DOMException('The time is up.', 'TimeoutError')), ms)
    return controller.signal
  })
}

/** Runs `work` with a clock that does not move while it computes. Returns its result, or its error, and its milliseconds. */
export async function inVirtualTime<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const startedAt = Date.now()
  let isDone = false
  const running = work().finally(() => {
    isDone = true
  })
  running.catch(() => undefined)
  while (!isDone) await vi.advanceTimersByTimeAsync(20)
  return { result: await running, ms: Date.now() - startedAt }
}

/** Replaces `Math.random` with a sequence that depends on the seed only (Mulberry32). */
export function seedRandom(seed: number): void {
  let state = seed
  vi.spyOn(Math, 'random').mockImplementation(() => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296
  })
}
