import { openReading, type Reading } from '../file-part.ts'
import type { LastRows } from '../repeats.ts'
import type { Position } from './cut.ts'
import { type Facts, noFacts } from './facts.ts'

/** Settings of the stage when the file was first read: they must not change between its parts. */
export interface FileSettings {
  accept: RegExp
  textColumns: readonly string[]
  timeColumns: readonly string[]
}

/** How far the work on a file is, and what its parts have shown. */
export interface FileState {
  /** A second check is necessary if a part shows that those before it were read wrongly. */
  pass: 'check' | 'recheck' | 'store'
  position: Position
  /** Bytes of the first part. */
  headBytes: number
  /** Rows before the position. */
  rows: number
  /** Rows of the whole file, once they are counted. */
  totalRows: number
  settings: FileSettings
  facts: Facts
  /** How values are read: it narrows during the first check. */
  reading: Reading
  /** The column with the times; undefined during the first check. */
  timeColumn: string | null | undefined
  /** How the first rows were read, and whether later parts differ. */
  firstReading: string | null
  isStale: boolean
  lastRows: Map<string, LastRows>
}

/** The state before the first part. */
export const startOfFile = (maxBytes: number) => ({
  position: { start: 0, linesBefore: 0, maxBytes },
  rows: 0,
  lastRows: new Map<string, LastRows>(),
})

export const newState = (settings: FileSettings, maxBytes: number): FileState => ({
  pass: 'check',
  ...startOfFile(maxBytes),
  ...{ headBytes: 0, totalRows: 0, settings, facts: noFacts(), reading: openReading() },
  ...{ timeColumn: undefined, firstReading: null, isStale: false },
})
