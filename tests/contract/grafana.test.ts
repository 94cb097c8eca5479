// @module-tag local-only
// It sends more requests than a deployment allows in a short time.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { problemOf } from '../support/responses.ts'
import { shared, withToken } from '../support/shares.ts'
import { clientWith } from '../support/stored-rows.ts'

/** Sends the URLs of docs/guides/plot-in-grafana.md as the data source Infinity does, with Grafana's variables replaced. */

const guide = readFileSync('docs/guides/plot-in-grafana.md', 'utf8')

/** The URLs of queries, and the columns that each reads. */
const recipes = [...guide.matchAll(/^\| URL \| `https:\/\/abc123…(\/download[^`]+)` \|\n\| Columns \| (.+) \|$/gm)].map(
  ([, path = '', columns = '']) => ({ path, columns: [...columns.matchAll(/`([^`]+)`/g)].map(([, name]) => name) }),
)

/** What Grafana writes for `$__interval`, from the shortest to the longest. */
const INTERVALS = [
  ...['10ms', '20ms', '50ms', '100ms', '200ms', '500ms', '1s', '2s', '5s', '10s', '15s', '20s', '30s'],
  ...['1m', '2m', '5m', '10m', '15m', '20m', '30m', '1h', '2h', '3h', '6h', '12h', '1d', '7d', '30d', '1y'],
]

const FIRST = Date.parse('2026-03-02T09:00:00Z')
const RANGE = { from: FIRST - 3_600_000, to: FIRST + 3_600_000 }

const replaced = (path: string, interval: string, from = String(RANGE.from), to = String(RANGE.to)) =>
  path
    .replaceAll(/\$\{__interval\}/g, interval)
    .replaceAll(/\$\{__from\}/g, from)
    .replaceAll(/\$\{__to\}/g, to)

let latchkey: Latchkey
let client: { clientId: string; token: string }
beforeAll(async () => {
  latchkey = await startLatchkey()
  const times = Array.from({ length: 30 }, (_, index) => FIRST / 1_000 + index * 60)
  client = await clientWith(latchkey, {
    time: times,
    box: times.map(() => 'office'),
    co2: times.map((_, index) => 600 + index),
  })
})
afterAll(() => latchkey.stop())

const lines = async (answer: Response) => {
  if (!answer.ok) throw new Error(JSON.stringify(await problemOf(answer)))
  return (await answer.text())
    .trim()
    .split('\r\n')
    .map((line) => line.split(','))
}

describe('the URLs of the guide to Grafana', () => {
  it('are two: of aggregates, and of the rows themselves', () => {
    expect(recipes.map(({ path }) => path.includes('every='))).toEqual([true, false])
  })

  it.each(recipes)('$path returns the columns that the panel reads', async ({ path, columns }) => {
    const url = replaced(path, '5m')
    expect(url).not.toContain('$')
    const [names, ...rows] = await lines(await withToken(latchkey, client.token, url))
    expect([names, rows.length]).toEqual([columns, path.includes('every=') ? 6 : 30])
    if (path.includes('every=')) expect(rows[0]).toEqual(['2026-03-02T09:00:00.000Z', '602', '600', '604'])
    // An admin token or a share token replaces the token of the client.
    const { token } = await shared(latchkey, client.token, { series: ['office'], columns: ['co2'] })
    expect((await lines(await withToken(latchkey, token, url)))[0]).toEqual(columns)
  })

  it.each(INTERVALS)('accept the interval %s, which loses no row', async (interval) => {
    const path = recipes[0]?.path.replace('agg=mean,min,max', 'agg=count,min,max') ?? ''
    const [, ...rows] = await lines(await withToken(latchkey, client.token, replaced(path, interval)))
    expect(rows.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(30)
    expect([Math.min(...rows.map((row) => Number(row[2]))), Math.max(...rows.map((row) => Number(row[3])))]).toEqual([
      600, 629,
    ])
  })

  it.each([
    ['__from:date:iso', (ms: number) => new Date(ms).toISOString()],
    ['__from:date:seconds', (ms: number) => String(ms / 1_000)],
  ])('accept times in the format %s', async (_name, format) => {
    for (const { path } of recipes) {
      const own = replaced(path, '1m')
      const other = replaced(path, '1m', encodeURIComponent(format(RANGE.from)), encodeURIComponent(format(RANGE.to)))
      const read = async (url: string) => lines(await withToken(latchkey, client.token, url))
      expect(await read(other)).toEqual(await read(own))
    }
  })

  it('need a unit after __interval_ms', async () => {
    const path = recipes[0]?.path ?? ''
    expect((await withToken(latchkey, client.token, replaced(path, '60000'))).status).toBe(400)
    expect(await lines(await withToken(latchkey, client.token, replaced(path, '60000ms')))).toHaveLength(31)
  })

  it('read the names of boxes for a variable from /series', async () => {
    const answer = await withToken(latchkey, client.token, '/series')
    expect(await answer.json()).toMatchObject({ series: [{ source: 'office' }] })
    expect(guide).toContain('| URL | `https://abc123…/series` |\n| Root selector | `series` |\n| Columns | `source` as')
  })
})
