import { MAX_ID_CHARACTERS } from '../core/identifiers.ts'

/** What one upload may hold. Every limit is stated in the error that enforces it and in the README. */
export const LIMITS = {
  rows: 100_000,
  /** Levels of nesting: a list of row objects, or an object of columns. */
  nesting: 2,
  columns: 1_000,
  /** Rows times columns. A cell takes two bytes on the wire, so only rows that share hardly a column get here. */
  cells: 3_000_000,
  columnNameCharacters: 128,
  /** UTF-8 bytes of one text value. */
  textBytes: 4_096,
  /** Sources (boxes) in one upload: each costs a write of its own. */
  sources: 1_000,
  sourceCharacters: MAX_ID_CHARACTERS,
  /** Columns that one series may gather over its life: they are listed in one catalog item. */
  seriesColumns: 2_000,
} as const

/** Rows of a block: a day at one row a minute, so that a narrow time range reads little more than it needs. */
export const BLOCK_ROWS = 1_440

/** Estimated bytes of a block. DynamoDB's items end at 400 KB; the rest is room for what the estimate cannot know. */
export const BLOCK_BYTES = 340_000
