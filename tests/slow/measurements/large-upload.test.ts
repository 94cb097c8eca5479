// @module-tag local-only
// It calls modules of lib/ above items in memory.
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { rowTime } from '../../../lib/measurements/times.ts'
import { startFiles } from '../../support/large-uploads.ts'
import { gatherLogs } from '../../support/logs.ts'

const HEADER = 'time,box,temperature,humidity,pm10,pm2.5,pressure,door\n'
const FIRST_TIME = 1_700_000_000
const PERIOD = 9_000
/** Readings of three boxes in turn, in lines of the same length. Each time has ten digits. */
const PATTERN = Array.from({ length: PERIOD }, (_, row) => {
  const values = [7, 13, 17, 19].map((factor) => (10 + ((row * factor) % PERIOD) / 100).toFixed(2))
  return Buffer.from(`0000000000,b${row % 3},${values.join(',')},${1_000 + (row % 50)},${row % 2}\n`)
})
const LINE_BYTES = PATTERN[0]?.length ?? 0
const RUNS = Number(process.env['PROPERTY_RUNS'])
/** 300 MB with the properties of `npm run test:all`, a smaller part of it than of the properties otherwise. */
const MEGABYTES = RUNS < 1 ? Math.ceil(150 * RUNS) : 300
const ROWS = Math.ceil((MEGABYTES * 1_000_000) / LINE_BYTES)
const SIZE = HEADER.length + ROWS * LINE_BYTES

/** The bytes of a file that never exists as a whole. */
async function read(start: number, end: number): Promise<Uint8Array> {
  const first = Math.max(0, Math.floor((start - HEADER.length) / LINE_BYTES))
  const last = Math.max(0, Math.ceil((end - HEADER.length) / LINE_BYTES))
  const lines = Buffer.alloc((last - first) * LINE_BYTES)
  for (let row = first; row < last; row += 1) {
    const offset = (row - first) * LINE_BYTES
    PATTERN[row % PERIOD]?.copy(lines, offset)
    lines.write(String(FIRST_TIME + row), offset, 'latin1')
  }
  if (start < HEADER.length) return Buffer.concat([Buffer.from(HEADER), lines]).subarray(start, end)
  const offset = start - HEADER.length - first * LINE_BYTES
  return lines.subarray(offset, offset + end - start)
}

let files: Awaited<ReturnType<typeof startFiles>>
beforeAll(async () => {
  gatherLogs()
  vi.resetModules()
  vi.stubEnv('MEASUREMENTS_TABLE', 'measurements')
  vi.stubEnv('PARAMETER_PATH', '')
  files = await startFiles()
})
beforeEach(() => files.items.clear())

it(`stores a CSV file of ${MEGABYTES} MB that is interrupted twice, each row once`, async () => {
  let saves = 0
  let most = 0
  const crash = (step: string) => {
    if (step !== 'before saving') return false
    saves += 1
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    most = Math.max(most, heapUsed + arrayBuffers)
    return saves === Math.ceil(MEGABYTES / 10) || saves === Math.ceil(MEGABYTES / 2.7)
  }
  const { outcome, runs } = await files.storeFile('text/csv', { size: SIZE, read }, { crash })
  expect(outcome).toEqual({ state: 'stored', result: { 'saved-in-db': ROWS } })
  expect(runs).toBe(3)
  // Measured: 280 MB, of which the database of this test has about 100. All rows at once need gigabytes.
  expect(most).toBeLessThan(600_000_000)

  const seen = new Uint8Array(ROWS)
  for (const block of files.storedBlocks())
    for (let row = 0; row < block.rows; row += 1) {
      const index = rowTime(block, row) / 1_000 - FIRST_TIME
      seen[index] = (seen[index] ?? 0) + 1
    }
  expect(seen.every((times) => times === 1)).toBe(true)
})

describe('a file with much that is not a row', () => {
  const rows = (from: number) => Array.from({ length: 20 }, (_, row) => `${FIRST_TIME + from + row},1\n`)
  const blank = ['\n', '# comment\n', ',\n', '# say "x\n', '\0\n']

  it.each(blank)('is read although it has 9 MB of lines such as %j among its rows', async (line) => {
    const noise = line.repeat(Math.ceil(9_000_000 / line.length))
    const text = `time,a\n${rows(0).join('')}${noise}${rows(100).join('')}`
    const result = await files.uploadInParts('text/csv', Buffer.from(text), { partBytes: 4_000_000 })
    expect(result).toMatchObject({ count: 40, rows: { length: 40 } })
  })

  it('is read although it has 9 MB of comments below its names', async () => {
    const text = `time,a\n${'# comment\n'.repeat(900_000)}${rows(0).join('')}`
    const result = await files.uploadInParts('text/csv', Buffer.from(text), { partBytes: 4_000_000 })
    expect(result).toMatchObject({
      count: 20,
      warnings: ['skipped 900000 lines among the rows that start with #, as comments'],
    })
  })
})
