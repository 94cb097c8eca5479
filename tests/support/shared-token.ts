import { setTimeout as sleep } from 'node:timers/promises'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { vi } from 'vitest'
import type { ObtainedToken, SharedToken } from '../../lib/providers/shared-token.ts'

/** The shared token of this name as a new container reads it, without cached state. An instance must be running. */
export async function tokenContainer(name: () => string) {
  vi.resetModules()
  const { getSharedToken } = await import('../../lib/providers/shared-token.ts')
  const { providerFailure } = await import('../../lib/providers/errors.ts')
  const { documents } = await import('../../lib/dynamodb/client.ts')
  const failed = { provider: 'X', operation: 'log-in' }
  return {
    documents,
    reject: async () => {
      throw providerFailure('provider_refused', { ...failed, status: 401 })
    },
    fail: async () => {
      throw providerFailure('provider_unavailable', failed)
    },
    get: (obtain: SharedToken['obtain'], rejected?: string, deadline = Date.now() + 90_000) =>
      getSharedToken({ name: name(), provider: 'X', obtain }, deadline, rejected),
    /** The stored item. */
    async item() {
      const Key = { id: `provider#${name()}` }
      return (await documents.send(new GetCommand({ TableName: process.env['TOKENS_TABLE'], Key }))).Item
    },
  }
}
export type TokenContainer = Awaited<ReturnType<typeof tokenContainer>>

export const LIFE = 1_000_000
const obtained = (secret: string): ObtainedToken => ({ secret, validUntil: Date.now() + LIFE })

/** A login that returns this secret after some milliseconds. */
export const returning = (secret: string, ms = 0) =>
  vi.fn<SharedToken['obtain']>(async () => {
    await sleep(ms)
    return obtained(secret)
  })

/** A login that runs until the test ends it. */
export function pending() {
  const started = Promise.withResolvers<void>()
  const end = Promise.withResolvers<ObtainedToken>()
  const obtain = vi.fn<SharedToken['obtain']>(() => {
    started.resolve()
    return end.promise
  })
  return { obtain, started: started.promise, end: (secret: string) => end.resolve(obtained(secret)) }
}

export const times = <T>(count: number, run: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)))
