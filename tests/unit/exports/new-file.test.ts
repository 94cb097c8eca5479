import { expect, it } from 'vitest'
import { startFile } from '../../../lib/exports/new-file.ts'
import { csvFormat } from '../../../lib/measurements/row-writers.ts'

it('a new file has the head, all rows in UTF-8, and their number', () => {
  const file = startFile(csvFormat(['a'], { formulas: 'keep' }))
  const long = 'ü'.repeat(300_000)
  for (let row = 0; row < 10; row += 1) file.add([long])
  // Encoded after each million characters.
  expect(file.size()).toBeGreaterThan(5_000_000)
  expect(Buffer.from(file.toBytes()).toString()).toBe(`a\r\n${`${long}\r\n`.repeat(10)}`)
  expect(file.rows).toBe(10)
})
