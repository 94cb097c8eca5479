import { MAX_ID_CHARACTERS } from '../core/identifiers.ts'

/** Limits of one upload. The errors and docs/reference/limits.md state them. */
export const LIMITS = {
  /** @limit Uploads | rows of an upload */
  rows: 100_000,
  /** Levels of nesting: a list of row objects, or an object of columns. */
  nesting: 2,
  /** @limit Uploads | columns of an upload */
  columns: 1_000,
  /**
   * Only rows with few common columns reach this: a cell takes two bytes.
   * @limit Uploads | cells of an upload: rows times columns
   */
  cells: 3_000_000,
  /** @limit Uploads | characters of a column name */
  columnNameCharacters: 128,
  /** @limit Uploads | bytes of a text value, in UTF-8 */
  textBytes: 4_096,
  /**
   * Each box costs a write.
   * @limit Uploads | boxes in an upload
   */
  sources: 1_000,
  sourceCharacters: MAX_ID_CHARACTERS,
  /**
   * One item of the catalog lists them.
   * @limit Uploads | columns that a series may have over its life
   */
  seriesColumns: 2_000,
} as const

/** Rows of a block: one day at one row per minute, so that a short query reads little more than it needs. */
export const BLOCK_ROWS = 1_440

/**
 * Estimated bytes of a block. DynamoDB allows items of 400 KB; the rest is a margin for the estimate.
 * @limit Uploads | bytes of one row, with its column names
 */
export const BLOCK_BYTES = 340_000
