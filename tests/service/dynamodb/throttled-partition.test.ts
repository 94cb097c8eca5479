// @module-tag local-only
// These tests call modules of lib/, above items in memory and under a clock that they move.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toBlocks } from '../../../lib/measurements/blocks.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { describeSubmission } from '../../../lib/submissions/submission.ts'
import { throttledPartitions } from '../../support/partitions.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'
import { inVirtualTime, seedRandom, startVirtualDatabase, useVirtualTime } from '../../support/virtual-database.ts'

/** `timeout` of upload and submit in serverless.yml, and what toRequest leaves of it for work. */
const FUNCTION_MS = 29_000
const WORK_MS = 23_000

let partitions: ReturnType<typeof throttledPartitions>
let items: Map<string, unknown>
beforeEach(async () => {
  vi.resetModules()
  vi.stubEnv('MEASUREMENTS_TABLE', 'measurements')
  vi.stubEnv('SUBMISSIONS_TABLE', 'submissions')
  vi.stubEnv('PARAMETER_PATH', '')
  setTimeBudgets({ throttleBackoffMs: 500, throttleLongestBackoffMs: 4_000, throttledMs: 60_000 })
  partitions = throttledPartitions(Date.now)
  items = await startVirtualDatabase((name, body) => partitions.plan(name, body))
  // The SDK loads modules at its first command, which takes real time.
  await (await import('../../../lib/submissions/store.ts')).findManifest('warm-up')
  useVirtualTime()
  partitions = throttledPartitions(Date.now)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** Runs work as a request of a function of 29 seconds. */
async function asRequest<T>(work: (deadline: number) => Promise<T>) {
  const { withDeadline } = await import('../../../lib/core/deadline.ts')
  return inVirtualTime(() => withDeadline(Date.now() + FUNCTION_MS, () => work(Date.now() + WORK_MS)))
}

async function submit(bytes: number) {
  const { storeSubmission } = await import('../../../lib/submissions/store.ts')
  const contents = Buffer.alloc(bytes, 'x')
  const sent = { files: [{ name: 'a', type: '', content: contents }] }
  const submitted = describeSubmission(sent, { clientId: 'c' }, { key: 'k' }, Date.now())
  return asRequest((deadline) => storeSubmission(submitted, contents, { deadline }))
}

/** 100,000 rows of numbers that no encoding shortens: more than a body of 6 MB can contain. */
const ROWS = 100_000
const digits = Array.from({ length: ROWS }, (_, row) => Math.sin(row + 1) * 1e3)
const NUMBERS = new Map(['a', 'b', 'c', 'd', 'e', 'f'].map((name, at) => [name, digits.map((cell) => cell + at)]))
const timeColumn: [string, number[]] = ['time', digits.map((_, row) => row)]

const blocksOf = (columns: ReadonlyMap<string, number[]>) => {
  const context = { timeColumns: ['time'], participant: undefined, receivedAt: 0, uploadId: 'request 1' }
  return toBlocks({ rows: ROWS, columns: new Map(columns) }, context, new Warnings())
}
const TIMED = blocksOf(new Map([timeColumn, ...NUMBERS]))
const UNTIMED = blocksOf(NUMBERS)

async function upload(blocks: typeof TIMED, clientId = 'c') {
  const { storeBlocks } = await import('../../../lib/measurements/store/blocks.ts')
  const receipt = { receivedAt: 0, matchedChecksums: [], failedChecksums: [] }
  const attributesOf = () => ({})
  return asRequest((deadline) => storeBlocks({ clientId }, blocks, receipt, { nameless: true, deadline, attributesOf }))
}
const storedBlocks = () => [...items.keys()].filter((key) => key.startsWith('[{"S":"c#default"}')).length

describe('a partition of 1,000 write units per second', () => {
  beforeEach(() => seedRandom(1))

  it('stores a submission of 4.7 MB at the first try', async () => {
    const { result, ms } = await submit(4_700_000)
    expect(result).toBe(true)
    expect(partitions.used.units).toBeGreaterThan(4_500)
    expect(partitions.used.throttled).toBeGreaterThan(0)
    expect(ms).toBeLessThan(WORK_MS / 2)
  })

  it.each([
    ['with', TIMED],
    ['without', UNTIMED],
  ])('stores an upload of 100,000 rows of 17 digits %s times at the first try', async (_, blocks) => {
    const { ms } = await upload(blocks)
    expect(storedBlocks()).toBe(blocks.length)
    expect(partitions.used.units).toBeGreaterThan(4_400)
    expect(partitions.used.throttled).toBeGreaterThan(0)
    expect(ms).toBeLessThan(WORK_MS / 2)
  })
})

/** Blocks of 2,900 units: a partition that other writers use, too, does not accept them in time. */
const MANY = 45
const slow = () => {
  partitions = throttledPartitions(Date.now, { writes: 100, reads: 300 })
}

describe('a partition that does not accept an upload in time', () => {
  beforeEach(() => seedRandom(1))

  it('returns 503 before Lambda ends the function, and a retry pays only for the missing blocks', async () => {
    slow()
    const startedAt = Date.now()
    await expect(upload(TIMED.slice(0, MANY))).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(Date.now() - startedAt).toBeLessThan(FUNCTION_MS)
    const stored = storedBlocks()
    expect(stored).toBeGreaterThan(0)
    expect(stored).toBeLessThan(MANY)
    const paid = partitions.used.units

    partitions = throttledPartitions(Date.now)
    await upload(TIMED.slice(0, MANY))
    expect(storedBlocks()).toBe(MANY)
    const inBoth = paid + partitions.used.units
    partitions = throttledPartitions(Date.now)
    await upload(TIMED.slice(0, MANY), 'another')
    expect(inBoth).toBe(partitions.used.units)
  })

  it('gets a rollback of the rows without times, which ends before Lambda ends the function', async () => {
    slow()
    const startedAt = Date.now()
    await expect(upload(UNTIMED.slice(0, MANY))).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(Date.now() - startedAt).toBeLessThan(FUNCTION_MS)
    expect(partitions.used.units).toBeGreaterThan(1_000)
    expect(storedBlocks()).toBe(0)
  })
})
