import { type Cell, isNumberText } from '../cells.ts'
import { isMissing } from '../convert-cells.ts'
import type { Warnings } from '../warnings.ts'

/** What the parts of a file show about the cells of a column. Rows are numbered from 0. */
export interface ColumnFacts {
  filled: number
  numbers: number
  booleans: number
  /** Numbers that no double holds. */
  numberTexts: number
  /** Words for missing values. */
  missing: number
  firstMissing: number
  texts: number
  firstText: number
}

export const noCells = (): ColumnFacts => ({
  ...{ filled: 0, numbers: 0, booleans: 0, numberTexts: 0 },
  ...{ missing: 0, firstMissing: -1, texts: 0, firstText: -1 },
})

/** Adds the cells of a part, whose first row has the number `firstRow`. Only whether they are empty matters of texts. */
export function addCells(facts: ColumnFacts, cells: readonly Cell[], firstRow: number, isText: boolean): void {
  for (let row = 0; row < cells.length; row += 1) {
    const cell = cells[row] ?? null
    if (cell === null) continue
    facts.filled += 1
    if (isText) continue
    if (typeof cell === 'number') facts.numbers += 1
    else if (typeof cell === 'boolean') facts.booleans += 1
    else addText(facts, cell, firstRow + row)
  }
}

function addText(facts: ColumnFacts, text: string, row: number): void {
  if (isNumberText(text)) facts.numberTexts += 1
  else if (isMissing(text)) {
    if (facts.missing === 0) facts.firstMissing = row
    facts.missing += 1
  } else {
    if (facts.texts === 0) facts.firstText = row
    facts.texts += 1
  }
}

const isMixed = ({ numbers, numberTexts, missing, texts }: ColumnFacts): boolean =>
  numbers > 0 && numberTexts + missing + texts > 0

/** Whether words for missing values are null: every other value of the column is a number. */
export const isCleared = (facts: ColumnFacts): boolean => isMixed(facts) && facts.texts === 0 && facts.booleans === 0

/** Adds the warnings about missing values, and about texts among numbers. */
export function noteMixed(column: string, facts: ColumnFacts, warnings: Warnings): void {
  const { filled, missing, firstMissing, texts, firstText } = facts
  if (isCleared(facts) && missing > 0) warnings.value('missing', column, firstMissing, missing)
  if (!isMixed(facts) || texts === 0 || 2 * (missing + texts) >= filled) return
  const first = missing > 0 ? Math.min(firstMissing, firstText) : firstText
  warnings.value('text_in_numbers', column, first, missing + texts)
}
