import { Problem } from '../core/problem.ts'
import { LIMITS } from './limits.ts'
import type { Row } from './raw-columns.ts'

/** Entries of a row that come from one place, such as the tags of a point. */
export type Cells = Iterable<readonly [name: string, value: unknown]>

/** Makes the error for a name that one place has twice. */
export type OnRepeatedName = (detail: string) => Problem

/** Builds one row from several places that may use the same names. */
export class NamedRow {
  readonly #cells = new Map<string, readonly [name: string, value: unknown, place: number]>()
  readonly #onRepeatedName: OnRepeatedName
  #place = 0

  constructor(onRepeatedName: OnRepeatedName = repeatedName) {
    this.#onRepeatedName = onRepeatedName
  }

  /** Adds the cells of one place. A name that an earlier place uses gets the suffix. */
  add(cells: Cells, suffix = ''): void {
    this.#place += 1
    for (const [name, value] of cells) {
      const other = this.#cells.get(name.toLowerCase())
      const unused = other && other[2] < this.#place ? name + suffix : name
      // Letter case does not distinguish columns.
      const key = unused.toLowerCase()
      if (this.#cells.has(key)) {
        const shown = name.slice(0, LIMITS.columnNameCharacters)
        throw this.#onRepeatedName(`two values are called "${shown}" (letter case does not count)`)
      }
      this.#cells.set(key, [unused, value, this.#place])
    }
  }

  has(name: string): boolean {
    return this.#cells.has(name)
  }

  /** Cells that are undefined only reserve their names. Any name can be a member of the object, even `__proto__`. */
  toRow(): Row {
    return Object.fromEntries([...this.#cells.values()].filter(([, value]) => value !== undefined))
  }
}

const repeatedName: OnRepeatedName = (detail) =>
  new Problem('body_invalid', `In one row, ${detail}.`, { issues: [{ detail }] })
