import { expect, it, vi } from 'vitest'
import { readAllRows, type WholeResult } from '../../../lib/measurements/store/all-rows.ts'
import { readRows } from '../../../lib/measurements/store/rows.ts'
import { readWindows } from '../../../lib/measurements/store/windows.ts'

vi.mock(import('../../../lib/measurements/store/rows.ts'), { spy: true })
vi.mock(import('../../../lib/measurements/store/windows.ts'), { spy: true })

const range = { clientId: 'client', series: () => [], from: undefined, to: undefined }
const selection = { columns: ['n'], tests: [], order: null, times: null, read: null }

async function items(request: WholeResult) {
  const all: unknown[] = []
  for await (const item of readAllRows(request)) all.push(item)
  return all
}

it('rows continue at the position where a call has read enough, and each has the position before it', async () => {
  const place = (row: number) => ({ source: 'a', block: 'block', row, first: 'block' })
  const part = (rows: number[]) => ({
    series: { source: 'a' },
    block: 'block',
    first: 'block',
    columns: [[10, 11, 12, 13]],
    places: [0],
    order: null,
    isSelected: null,
    timeAt: () => 0,
    last: 0,
    rowCount: 4,
    rows,
  })
  vi.mocked(readRows)
    .mockImplementationOnce(async function* () {
      yield part([0, 1])
      yield { exhausted: place(2) }
    })
    .mockImplementationOnce(async function* () {
      yield part([3])
    })
  expect(await items({ ...range, columns: ['n'], selection, cursor: undefined })).toEqual([
    { rows: [[10]], at: undefined },
    { rows: [[11]], at: place(0) },
    { rows: [], at: place(2) },
    { rows: [[13]], at: place(2) },
  ])
  expect(vi.mocked(readRows).mock.calls.map(([, start]) => start)).toEqual([undefined, place(2)])
})

it('windows continue at the first one that a call has not completed', async () => {
  const at = (from: number) => ({ source: 'a', from })
  vi.mocked(readWindows)
    .mockImplementationOnce(async function* () {
      yield { rows: [[1]], at: at(0) }
      yield { exhausted: at(60) }
    })
    .mockImplementationOnce(async function* () {
      yield { rows: [[2]], at: at(60) }
    })
  const shape = { points: 2 }
  expect(await items({ ...range, columns: ['n'], selection, values: ['n'], shape, cursor: undefined })).toEqual([
    { rows: [[1]], at: at(0) },
    { rows: [], at: at(60) },
    { rows: [[2]], at: at(60) },
  ])
  expect(vi.mocked(readWindows).mock.calls.map(([, start]) => start)).toEqual([undefined, at(60)])
})
