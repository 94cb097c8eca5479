import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { runs } from '../../support/property.ts'
import { everyRow } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

type Row = Record<string, unknown>

/** Starts of the windows without a zone, by plain arithmetic. */
const FIXED_MS: Record<string, number> = { '1s': 1e3, '7min': 42e4, PT6H: 216e5, '1d': 864e5, P3D: 2592e5 }
/** A text that the times of one window share, of the clock of a zone. */
const SHARED: Record<string, (local: string) => string> = {
  '1d': (local) => local.slice(0, 10),
  P1M: (local) => local.slice(0, 7),
  P1Y: (local) => local.slice(0, 4),
}

function localText(ms: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(ms)
  return parts.replace(' ', 'T')
}

/** The name of the window of a time: equal for all times of one window. */
function windowName(ms: number, every: string, zone: string | undefined): string {
  const size = FIXED_MS[every]
  if (zone === undefined && size !== undefined) return String(Math.floor(ms / size) * size)
  return (SHARED[every] ?? String)(localText(ms, zone ?? 'UTC'))
}

const numbersOf = (cells: unknown[]) => cells.flatMap((cell) => (typeof cell === 'string' ? [] : [Number(cell)]))

/** The aggregates, each from all values at once. */
const REFERENCE: Record<string, (cells: unknown[], numbers: number[]) => unknown> = {
  count: (cells) => cells.length,
  first: (cells) => cells[0] ?? null,
  last: (cells) => cells.at(-1) ?? null,
  min: (_, numbers) => (numbers.length === 0 ? null : Math.min(...numbers)),
  max: (_, numbers) => (numbers.length === 0 ? null : Math.max(...numbers)),
  sum: (_, numbers) => (numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0)),
  mean: (_, numbers) =>
    numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length,
  median(_, numbers) {
    const sorted = numbers.toSorted((a, b) => a - b)
    const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
    return sorted.length === 0 ? null : (low + high) / 2
  },
}
const AGGREGATES = Object.keys(REFERENCE)

/** The windows of rows as they are returned, which are in the order of series and times. */
function reference(rows: readonly Row[], every: string, zone: string | undefined): Row[] {
  const groups = Map.groupBy(rows, ({ time, box }) => `${box} ${windowName(Date.parse(String(time)), every, zone)}`)
  return [...groups.values()].map((group) => {
    const cells = ['a', 'b'].flatMap((column) => {
      const values = group.map((row) => row[column]).filter((cell) => cell !== null)
      return AGGREGATES.map((name) => [`${column}_${name}`, REFERENCE[name]?.(values, numbersOf(values))])
    })
    return { box: group[0]?.['box'], ...Object.fromEntries(cells) }
  })
}

/** Numbers that differ by rounding are equal. */
const rounded = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [
      name,
      typeof cell === 'number' ? Number(cell.toPrecision(11)) + 0 : cell,
    ]),
  )

const START = Date.UTC(2026, 2, 27) / 1_000
const cell = fc.oneof(
  fc.integer({ min: -500, max: 500 }),
  fc.constant(0.1),
  fc.constant(null),
  fc.boolean(),
  fc.constant('on'),
)
const row = fc.record({
  // Close rows, and rows of several days around the change of the clocks.
  time: fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 100 }).map((hours) => hours * 3_600),
  ),
  box: fc.constantFrom('x', 'y'),
  a: cell,
  b: cell,
})
const uploads = fc.array(fc.array(row, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 4 })
const choice = fc.oneof(
  fc.record({ every: fc.constantFrom(...Object.keys(FIXED_MS)), zone: fc.constant(undefined) }),
  fc.record({
    every: fc.constantFrom(...Object.keys(SHARED)),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'),
  }),
)

it('aggregates are those of the downloaded rows, for all data, windows, zones, pages and overlaps', async () => {
  await fc.assert(
    fc.asyncProperty(uploads, choice, fc.integer({ min: 3, max: 30 }), async (bodies, { every, zone }, number) => {
      const { client_id } = await latchkey.register()
      const token = await latchkey.token(client_id)
      // The second upload repeats a part of the first, as a device does that sends a growing file.
      const [first = []] = bodies
      for (const rows of [...bodies, first.slice(0, 7)]) {
        const sent = rows.map(({ time, ...cells }) => ({ time: START + time, ...cells }))
        expect((await latchkey.upload(token, JSON.stringify(sent))).status).toBe(200)
      }
      const read = (query: string) =>
        everyRow((path) => latchkey.asAdmin(path), `/download?format=json&client_id=${client_id}&${query}`)
      const rows = await read('times=iso&cols=box,a,b')
      const query = `every=${every}${zone === undefined ? '' : `&tz=${zone}`}&cols=box,a,b&agg=${AGGREGATES}`
      const windows = await read(`${query}&number=${number}`)
      expect(windows.map(({ time, ...cells }) => rounded(cells))).toEqual(reference(rows, every, zone).map(rounded))
      for (const { time, box } of windows) {
        const start = Date.parse(String(time))
        if (zone === undefined) expect(start % (FIXED_MS[every] ?? 1)).toBe(0)
        else expect(localText(start, zone)).toMatch(/T00:00:00$/)
        expect(
          rows.some(
            (row) =>
              row['box'] === box &&
              windowName(Date.parse(String(row['time'])), every, zone) === windowName(start, every, zone),
          ),
        ).toBe(true)
      }
      if (every !== '1s') {
        const hasValues = (row: Row) => Number(row['a_count']) + Number(row['b_count']) > 0
        const filled = await read(`${query}&number=${number * 10}&fill=null`)
        expect(filled.filter(hasValues)).toEqual(windows.filter(hasValues))
      }

      const points = await read(`points=8&times=iso&cols=box,a,b&number=${number}`)
      const found = points.map((point) => rows.findIndex((row) => JSON.stringify(row) === JSON.stringify(point)))
      expect(found.includes(-1)).toBe(false)
      for (const box of ['x', 'y']) {
        for (const column of ['a', 'b']) {
          const valuesOf = (list: Row[]) =>
            numbersOf(
              list
                .filter((row) => row['box'] === box)
                .map((row) => row[column])
                .filter((cell) => cell !== null),
            )
          const [all, selected] = [valuesOf(rows), valuesOf(points)]
          expect([Math.min(...selected), Math.max(...selected)]).toEqual([Math.min(...all), Math.max(...all)])
        }
      }
    }),
    { numRuns: runs(40) },
  )
})
