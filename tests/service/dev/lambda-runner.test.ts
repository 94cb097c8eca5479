// @module-tag local-only
// It runs functions of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FunctionOutput, type LambdaRunner, lambdaRunner } from '../../../dev/lambda-runner.ts'

/** Returns the number of calls that its thread has had. `hold` waits for `release`, and `fill` needs all memory. */
const FUNCTION = `
let calls = 0, running = 0, most = 0
const held = []
export async function handler({ action }) {
  calls += 1
  most = Math.max(most, ++running)
  if (action === 'log') console.log('called', process.env.NAME)
  if (action === 'hold') await new Promise((resolve) => held.push(resolve))
  if (action === 'release') for (const release of held) release()
  if (action === 'pause') await new Promise((resolve) => setTimeout(resolve, 20))
  if (action === 'fill') for (const all = []; ; ) all.push(new Array(1000).fill(0).map(Math.random))
  running -= 1
  return { statusCode: 200, body: calls + ' of ' + most }
}`
const MEMORY = 64
const IDLE_MS = 5

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-runner-'))
  writeFileSync(join(folder, 'one.mjs'), FUNCTION)
})
afterAll(() => rmSync(folder, { recursive: true }))

let runner: LambdaRunner
afterEach(() => runner.stop())

/** Calls a function of a new runner, and returns what it returns. */
function runFunctions(limits: Parameters<typeof lambdaRunner>[4], timeoutMs = 60_000) {
  const output: FunctionOutput[] = []
  const functions = ['A', 'B', 'C', 'Scheduled'].map((name) => ({
    name,
    deployedName: name,
    file: 'one.mjs',
    environment: { NAME: name },
    timeoutMs,
    memory: MEMORY,
    isScheduled: name === 'Scheduled',
  }))
  runner = lambdaRunner(functions, pathToFileURL(`${folder}/`), {}, (line) => output.push(line), limits)
  const call = async (name: string, action = '') => (await runner.invoke(name, { action }))?.body
  return { call, output }
}

describe('a thread of a function', () => {
  it('serves all calls of its function, with its own environment and output', async () => {
    const { call, output } = runFunctions({})
    expect([await call('A'), await call('A', 'log'), await call('B')]).toEqual(['1 of 1', '2 of 1', '1 of 1'])
    await expect.poll(() => output).toEqual([{ functionName: 'A', text: 'called A', stream: 'stdout' }])
  })

  it.each(['A', 'Scheduled'])('ends when it is idle, and the next call of %s starts another', async (name) => {
    const { call } = runFunctions({ idleMs: IDLE_MS, scheduledIdleMs: IDLE_MS })
    expect(await call(name)).toBe('1 of 1')
    await expect.poll(() => call(name), { interval: 100 }).toBe('1 of 1')
  })

  it('does not end while a call is in flight', async () => {
    const { call } = runFunctions({ idleMs: IDLE_MS })
    const held = call('A', 'hold')
    await call('A')
    await sleep(10 * IDLE_MS)
    await call('A', 'release')
    expect(await held).toBe('3 of 2')
  })

  it('ends for another one if too many live, the longest idle first, but never a busy one', async () => {
    const { call } = runFunctions({ threads: 2 })
    const held = call('A', 'hold')
    for (const name of ['B', 'C', 'C', 'B']) await call(name)
    await call('A', 'release')
    expect([await held, await call('B'), await call('C')]).toEqual(['2 of 2', '2 of 1', '1 of 1'])
  })

  it('runs a limited number of calls at once, and the others afterwards', async () => {
    const { call } = runFunctions({ invocations: 2 })
    const results = await Promise.all(Array.from({ length: 7 }, () => call('A', 'pause')))
    expect(results.at(-1)).toBe('7 of 2')
  })

  it('ends at the timeout of a call', async () => {
    const { call } = runFunctions({}, 500)
    expect(await call('A', 'hold')).toBeUndefined()
    // A slow machine may need several attempts.
    await expect.poll(() => call('A')).toBe('1 of 1')
  })

  it('that needs too much memory ends with its calls, and neither the others nor the next one', async () => {
    const shown = vi.spyOn(console, 'error').mockReturnValue()
    const { call } = runFunctions({})
    await call('B')
    const outcomes = await Promise.allSettled([call('A', 'hold'), call('A', 'fill')])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(shown).toHaveBeenCalledWith(expect.objectContaining({ code: 'ERR_WORKER_OUT_OF_MEMORY' }))
    expect([await call('A'), await call('B')]).toEqual(['1 of 1', '2 of 1'])
    shown.mockRestore()
  })
})

it('a runner stops after all calls, also those that wait', async () => {
  const { call } = runFunctions({ invocations: 1 })
  const calls = [call('A', 'pause'), call('A', 'pause'), call('A')]
  await runner.stop()
  expect(await Promise.all(calls)).toEqual(['1 of 1', '2 of 1', '3 of 1'])
})
