import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonBytes, MAX_BODY_BYTES } from '../../../lib/http/response.ts'
import type { ColumnValues } from '../../../lib/measurements/block-text.ts'
import { csvFormat, jsonFormat } from '../../../lib/measurements/row-writers.ts'
import { collectLines } from '../../../lib/measurements/store/page-lines.ts'
import { runs } from '../../support/property.ts'

const csv = csvFormat(['a', 'b'], { formulas: 'defuse' })
const json = jsonFormat(['a', 'b'])
const range = (length: number) => Array.from({ length }, (_, index) => index)

describe('the lines of a page', () => {
  it('have the rows that fit, whether blocks are written together or each row by itself', () => {
    const text = fc.tuple(fc.constantFrom('x', '"', 'é', '\u0100', '\n'), fc.constantFrom(1, 40, 2_000, 4_000))
    const block = fc.tuple(text, fc.integer({ min: 1, max: 1_440 }))
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 4 }),
        fc.constantFrom(100, 5_000),
        fc.boolean(),
        (blocks, number, isJson) => {
          const format = isJson ? json : csv
          const { layout: _, ...rowFormat } = format
          const [together, alone] = [collectLines({ number, format }), collectLines({ number, format: rowFormat })]
          for (const [[unit, times], rows] of blocks) {
            const columns: ColumnValues[] = [range(rows), unit.repeat(times)]
            const added = together.addRows(columns, range(rows))
            const expected = alone.addRows(columns, range(rows))
            // How quotes of texts that are measured together are counted makes a difference of some bytes.
            expect(Math.abs(added - expected)).toBeLessThanOrEqual(times > 1 ? 1 : rows)
            if (added < rows || expected < rows) break
          }
          const page = together.lines.join(format.between)
          expect(jsonBytes(page)).toBeLessThanOrEqual(MAX_BODY_BYTES)
          expect(page.slice(0, 1_000_000)).toBe(
            alone.lines.join(format.between).slice(0, Math.min(page.length, 1_000_000)),
          )
        },
      ),
      { numRuns: runs(30) },
    )
  })

  it('have one row at least, which an upload has made', () => {
    const columns = [range(20), '\u0001'.repeat(950_000)]
    expect(collectLines({ number: 10, format: csv }).addRows(columns, range(20))).toBe(1)
    expect(collectLines({ number: 10, format: csv }, false).addRows(columns, range(20))).toBe(0)
  })

  it('end at the number of rows', () => {
    const page = collectLines({ number: 30, format: csv })
    expect([page.addRows([range(20), 1], range(20)), page.missing()]).toEqual([20, 10])
    expect([page.addRows([range(20), 1], range(20)), page.missing()]).toEqual([10, 0])
    expect(page.addRows([range(20), 1], range(20))).toBe(0)
    expect(page.lines.join('').split('\r\n')).toHaveLength(31)
  })
})
