import { Problem } from '../core/problem.ts'
import { LIMITS } from './limits.ts'
import { checkShape, type Row } from './raw-columns.ts'

/** Of a name as sent; a column's is shorter. Nested values share the start of their names, which would exhaust the memory. */
const MAX_SENT_CHARACTERS = 8 * LIMITS.columnNameCharacters

/** Entries of a row that come from one place, such as the tags of a point. */
export type Cells = Iterable<readonly [name: string, value: unknown]>

/** Makes the error for a name that one place has twice. */
export type OnRepeatedName = (detail: string) => Problem

/** Builds one row from several places that may use the same names. */
export class NamedRow {
  /** The place of each name, in lower case: letter case does not distinguish columns. */
  readonly #places = new Map<string, number>()
  readonly #cells: (readonly [name: string, value: unknown])[] = []
  readonly #onRepeatedName: OnRepeatedName
  #place = 0

  constructor(onRepeatedName: OnRepeatedName = repeatedName) {
    this.#onRepeatedName = onRepeatedName
  }

  /** Adds the cells of one place. A name that an earlier place uses gets the suffix. An undefined cell reserves its name. */
  add(cells: Cells, suffix = ''): void {
    this.#place += 1
    for (const cell of cells) {
      const [name, value] = cell
      if (name.length > MAX_SENT_CHARACTERS) throw nameTooLong()
      const isUsed = (this.#places.get(name.toLowerCase()) ?? this.#place) < this.#place
      const unused = isUsed ? name + suffix : name
      if (this.has(unused)) {
        const shown = name.slice(0, LIMITS.columnNameCharacters)
        throw this.#onRepeatedName(`two values are called "${shown}" (letter case does not count)`)
      }
      this.#places.set(unused.toLowerCase(), this.#place)
      if (value !== undefined) this.#cells.push(isUsed ? [unused, value] : cell)
      checkShape(1, this.#cells.length)
    }
  }

  has(name: string): boolean {
    return this.#places.has(name.toLowerCase())
  }

  /** An object that can have any name as a member, even `__proto__`. */
  toRow(): Row {
    return Object.fromEntries(this.#cells)
  }
}

const repeatedName: OnRepeatedName = (detail) =>
  new Problem('body_invalid', `In one row, ${detail}.`, { issues: [{ detail }] })

const nameTooLong = () =>
  new Problem('limit_exceeded', `The name of a value has more than ${LIMITS.columnNameCharacters} characters.`)
