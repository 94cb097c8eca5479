import { afterEach, expect, it, vi } from 'vitest'
import { withIo } from '../../../cli/support/io.ts'
import { withProgress } from '../../../cli/support/progress.ts'
import { tally } from '../../../cli/support/tally.ts'
import { testIo } from '../../support/cli-io.ts'

afterEach(() => vi.restoreAllMocks())

const WORK = { what: 'Importing', total: 100, unit: 'rows' }

it('withProgress prints a line from time to time on stderr without a terminal', async () => {
  const io = testIo()
  const clock = vi.spyOn(Date, 'now').mockReturnValue(0)
  const outcome = await withIo(io, () =>
    withProgress(WORK, (at) => {
      at(10)
      clock.mockReturnValue(10_000)
      at(20)
      at(30)
      clock.mockReturnValue(20_000)
      at(40)
      return 'done'
    }),
  )
  expect(outcome).toBe('done')
  expect(io.text.stderr).toBe('Importing: 20 of 100 rows.\nImporting: 40 of 100 rows.\n')
})

it('withProgress ends its bar on a terminal even after a failure', async () => {
  const io = testIo()
  io.stderr.isTTY = true
  const failing = withIo(io, () =>
    withProgress(WORK, async (at) => {
      for (let row = 0; row <= 50; row += 1) at(row)
      at(500)
      throw new Error('on purpose')
    }),
  )
  await expect(failing).rejects.toThrow('on purpose')
  expect(io.text.stderr).toContain('Importing')
  expect(io.text.stderr).toContain('100 of 100 rows')
  expect(io.text.stderr).not.toContain('49 of 100 rows')
})

it('tally reports each message once', () => {
  const warnings = tally()
  warnings.add('one', 6)
  warnings.add('other', 0)
  warnings.add('one', 9)
  expect(warnings.rows).toBe(3)
  expect(warnings.sentences()).toEqual(['2 rows (first row 7): one', 'row 1: other'])
})
