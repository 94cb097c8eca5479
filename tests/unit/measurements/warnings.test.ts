import { describe, expect, it } from 'vitest'
import { Warnings } from '../../../lib/measurements/warnings.ts'

describe('warnings', () => {
  it('are empty initially', () => {
    expect(new Warnings().sentences()).toEqual([])
  })

  it('name column and row of a single value, with rows counted from 1', () => {
    const warnings = new Warnings()
    warnings.value('not_finite', 'co2', 4)
    expect(warnings.sentences()).toEqual(['column "co2", 1 value (row 5): NaN or infinite, stored as null'])
  })

  it('combine the values of a column in one sentence with the first row', () => {
    const warnings = new Warnings()
    for (const row of [2, 3, 7]) warnings.value('inexact', 'id', row)
    expect(warnings.sentences()).toEqual([
      'column "id", 3 values (first in row 3): more digits than a JSON number holds, stored as text',
    ])
  })

  it('separate columns and kinds', () => {
    const warnings = new Warnings()
    warnings.value('not_finite', 'a', 0)
    warnings.value('not_finite', 'b', 0)
    warnings.value('time_unreadable', 'a', 0)
    expect(warnings.sentences()).toEqual([
      'column "a", 1 value (row 1): NaN or infinite, stored as null',
      'column "b", 1 value (row 1): NaN or infinite, stored as null',
      'column "a", 1 value (row 1): not readable as a time, the time of receipt is used for the row',
    ])
  })

  it('combine equal notes', () => {
    const warnings = new Warnings()
    for (const count of [1, 2]) warnings.note('payload_undecoded', 'no payload', count)
    expect(warnings.list()).toEqual([{ kind: 'payload_undecoded', sentence: 'no payload', count: 3 }])
  })

  it('are reported up to a limit, with the number of the others', () => {
    const warnings = new Warnings()
    for (let number = 0; number < 1_003; number += 1) warnings.note('no_rows', `note ${number}`)
    const { warnings: sentences = [] } = warnings.report(false)
    expect(sentences).toHaveLength(1_001)
    expect(sentences.at(-1)).toBe('there are 3 further warnings')
  })

  it('place notes before values', () => {
    const warnings = new Warnings()
    warnings.value('not_finite', 'a', 0)
    warnings.note('no_rows', 'first')
    warnings.note('units_line', 'second')
    expect(warnings.sentences().slice(0, 2)).toEqual(['first', 'second'])
  })
})
