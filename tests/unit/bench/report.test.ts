import { expect, it } from 'vitest'
import { formatTables, medianOf, report } from '../../../bench/report.ts'
import { cpuInTurns, ratios, runInTurns } from '../../../bench/turns.ts'

const speed = { what: 'uploads', value: 1_234.5, unit: '/s', detail: 'p50 2 ms' }
const ratio = (values: number[]) => medianOf('times as many', 'x', values, { atLeast: 1.3 })

it('writes the figures with an aim first, with their spread and whether they miss it', () => {
  const figures = [
    speed,
    ratio([1.5, 1.2, 1.25]),
    { what: 'lost', value: 0, unit: '', atMost: 0 },
    { what: 'a cell', value: 0.00012345, unit: '$' },
  ]
  expect(formatTables([[{ part: 'ingest', figures }]])).toBe(`## Aims

| part | what | aim | median | least to most |  |
| --- | --- | --: | --: | --: | --- |
| ingest | times as many | >= 1.3 | 1.25 x | 1.2 to 1.5 | missed |
| ingest | lost | <= 0 | 0 |  |  |

## Other figures

| part | what | median | least to most |
| --- | --- | --: | --: |
| ingest | uploads | 1,230 /s | p50 2 ms |
| ingest | a cell | 1.2e-4 $ |  |`)
})

it('writes two runs side by side, with empty cells where a part was left out', () => {
  const first = [{ part: 'peer', figures: [ratio([1.4])] }]
  const second = [
    { part: 'peer', figures: [ratio([1.1])] },
    { part: 'start', figures: [{ what: 'size', value: 120, unit: 'kB', atMost: 126 }] },
  ]
  expect(formatTables([first, second])).toBe(`## Aims

| part | what | aim | median 1 | least to most 1 |  | median 2 | least to most 2 |  |
| --- | --- | --: | --: | --: | --- | --: | --: | --- |
| peer | times as many | >= 1.3 | 1.4 x | 1.4 to 1.4 |  | 1.1 x | 1.1 to 1.1 | missed |
| start | size | <= 126 |  |  |  | 120 kB |  |  |`)
})

it('rejects two figures of a part with the same name, since one would hide the other', () => {
  expect(() => report('ingest', [speed, speed])).toThrow('ingest has two figures “uploads”.')
})

it('lets the kinds take turns, and returns a measurement for each round without those that warm up', async () => {
  const order: string[] = []
  const times = await runInTurns(['a', 'b'], 2, 1, async (kind) => order.push(kind))
  expect(order.join('')).toBe('ababab')
  expect([times('a').length, times('b').length]).toEqual([2, 2])
})

it('prepares all calls of a round before it measures their CPU time together', async () => {
  const order: string[] = []
  const prepare = async (kind: string) => {
    order.push(kind)
    return () => order.push(kind.toUpperCase())
  }
  const times = await cpuInTurns(['a', 'b'], 1, prepare, 2)
  expect(order.join('')).toBe('aaAAbbBB'.repeat(3))
  expect([times('a').length, times('b').length]).toEqual([1, 1])
})

it('divides the measurements of each round', () => {
  expect(ratios([4, 9], [2, 3])).toEqual([2, 3])
})
