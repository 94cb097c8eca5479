import type { Preamble } from './csv-preamble.ts'

/** What the first lines of CSV determine: how its rows are read. */
export interface CsvLayout extends Pick<Preamble, 'kind'> {
  names: readonly string[]
  /** By column; empty texts if unknown. */
  units: readonly string[]
  delimiter: string
  /** Number of the line with the names. */
  line: number
}

/** What a first column without a name may contain. */
export const INDEX_KINDS = ['blanks', 'numbers', 'times'] as const
export type IndexKind = (typeof INDEX_KINDS)[number]

/** Orders of the parts of a date, the most likely first. */
export const DATE_ORDERS = ['month/day/year', 'day/month/year', 'year/month/day'] as const
export type DateOrder = (typeof DATE_ORDERS)[number]

/** Forms of the lines of NDJSON: rows, or messages of a device or a service. */
export const LINE_FORMS = ['rows', 'airrohr', 'telegraf', 'things-network'] as const
export type LineForm = (typeof LINE_FORMS)[number]

/** How the values of a file may be read, as far as its parts show it. Each part narrows it; the first candidate applies. */
export interface Reading {
  /** Whether blanks before the cells of CSV are removed, because some precede a quote. */
  isTrimmed: boolean
  index: readonly IndexKind[]
  dateOrders: readonly DateOrder[]
  forms: readonly LineForm[]
}

export const openReading = (): Reading => ({
  isTrimmed: false,
  index: INDEX_KINDS,
  dateOrders: DATE_ORDERS,
  forms: LINE_FORMS,
})

/** A part of a file that is parsed by itself. */
export interface FilePart {
  /** Of CSV. The parser sets it in the first part, which has the names, and uses it in the others. */
  layout?: CsvLayout
  /** The separator of CSV, as the start of the file shows it. */
  delimiter?: string | undefined
  /** The parser narrows it. */
  reading: Reading
  /** Rows of the part, which the parser sets: they may have no columns in it. */
  rows?: number
}
