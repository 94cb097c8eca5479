import { afterEach, expect, it, vi } from 'vitest'
import { withProgress } from '../../../cli/support/progress.ts'
import { tally } from '../../../cli/support/tally.ts'

afterEach(() => vi.restoreAllMocks())

const WORK = { what: 'Importing', total: 100, unit: 'rows' }

it('where nobody watches, progress is a line now and then on stderr', async () => {
  const lines = vi.spyOn(console, 'error').mockReturnValue()
  const clock = vi.spyOn(Date, 'now').mockReturnValue(0)
  const outcome = await withProgress(WORK, (at) => {
    at(10)
    clock.mockReturnValue(10_000)
    at(20)
    at(30)
    clock.mockReturnValue(20_000)
    at(40)
    return 'done'
  })
  expect(outcome).toBe('done')
  expect(lines.mock.calls).toEqual([['Importing: 20 of 100 rows.'], ['Importing: 40 of 100 rows.']])
})

it('on a terminal, it is a bar that is ended whatever happens', async () => {
  const before = process.stderr.isTTY
  process.stderr.isTTY = true
  const written: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text))
    return true
  })
  try {
    const failing = withProgress(WORK, async (at) => {
      for (let row = 0; row <= 50; row += 1) at(row)
      at(500)
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
  } finally {
    process.stderr.isTTY = before
  }
  expect(written.join('')).toContain('Importing')
  expect(written.join('')).toContain('100 of 100 rows')
  expect(written.join('')).not.toContain('49 of 100 rows')
})

it('a tally says each thing once', () => {
  const told = tally()
  told.add('one', 6)
  told.add('other', 0)
  told.add('one', 9)
  expect(told.rows).toBe(3)
  expect(told.sentences()).toEqual(['2 rows (first row 7): one', 'row 1: other'])
})
