import { hash } from 'node:crypto'
import { Problem } from '../../core/problem.ts'
import { splitTimeColumns } from '../../core/time-columns.ts'
import { toColumnName } from '../column-name.ts'
import { checkShape } from '../raw-columns.ts'
import { type DataTable, isServerColumn } from '../table.ts'
import type { TimeColumnFacts } from '../time-column.ts'
import { Warnings } from '../warnings.ts'
import { type ColumnFacts, isCleared, noCells } from './column-facts.ts'
import type { FileSettings } from './state.ts'

/** What the parts of a file show together. */
export interface Facts {
  /** Names of columns as sent, by those under which they are stored. Also of columns that are dropped. */
  names: Map<string, string>
  /** By the same names. */
  columns: Map<string, ColumnFacts>
  /** Columns with clock times, and with values that are clearly times. */
  clocks: Set<string>
  times: Set<string>
  /** Digests of the sources of rows. */
  sources: Set<string>
  /** By the digests of sources, the columns for series that the file could fill. */
  wide: Map<string, Set<string>>
  /** Without those about names of columns, and those that depend on the whole of a column. */
  warnings: Warnings
}

export const noFacts = (): Facts => ({
  names: new Map(),
  columns: new Map(),
  clocks: new Set(),
  times: new Set(),
  sources: new Set(),
  wide: new Map(),
  warnings: new Warnings(),
})

export function copyFacts(facts: Facts): Facts {
  const warnings = new Warnings()
  warnings.append(facts.warnings.entries(), 0)
  return {
    names: new Map(facts.names),
    columns: new Map([...facts.columns].map(([name, column]) => [name, { ...column }])),
    clocks: new Set(facts.clocks),
    times: new Set(facts.times),
    sources: new Set(facts.sources),
    wide: new Map([...facts.wide].map(([source, columns]) => [source, new Set(columns)])),
    warnings,
  }
}

/**
 * Each source costs a read, and writes in each part that has it.
 * @limit Uploads | boxes in a large file
 */
export const MAX_SOURCES = 5_000

export const digestSource = (source: string): string => hash('sha256', source, 'base64url').slice(0, 8)

/** Adds names of columns as sent, of a part. Throws a `Problem` for too many, and for two that are stored under one name. */
export function addNames(facts: Facts, names: readonly string[]): void {
  for (const sent of names) {
    const name = toColumnName(sent)
    const other = facts.names.get(name)
    if (other !== undefined && other !== sent) throw nameTwice(name, facts.names.size + 1)
    facts.names.set(name, sent)
  }
  checkShape(0, facts.names.size)
}

function nameTwice(name: string, column: number): Problem {
  const detail = `two columns are called "${name}" (letter case does not count)`
  return new Problem('body_invalid', `Column ${column}: ${detail}.`, { issues: [{ field: name, detail }] })
}

/** Adds the sources of a part. Throws a `Problem` for too many. */
export function addSources(facts: Facts, sources: Iterable<string>): void {
  for (const source of sources) facts.sources.add(digestSource(source))
  if (facts.sources.size <= MAX_SOURCES) return
  throw new Problem('limit_exceeded', `The file has rows of more than ${MAX_SOURCES} boxes. Send it as several files.`)
}

/** Adds what a part shows about its columns of times. */
export function addTimes(
  facts: Facts,
  table: DataTable,
  { hasClocks, hasTimes }: TimeColumnFacts,
  timeColumns: readonly string[],
): void {
  const { certain, likely } = splitTimeColumns(timeColumns)
  for (const name of certain)
    if (table.columns.has(name) && !facts.clocks.has(name) && hasClocks(name)) facts.clocks.add(name)
  for (const name of likely)
    if (table.columns.has(name) && !facts.times.has(name) && hasTimes(name)) facts.times.add(name)
}

/** The facts about a column, for cells that are added. */
export function columnFactsOf({ columns }: Facts, name: string): ColumnFacts {
  const facts = columns.get(name) ?? noCells()
  columns.set(name, facts)
  return facts
}

/** The columns that are stored, in the order of the file. */
export const storedColumns = ({ columns }: Facts, { accept }: FileSettings): Set<string> =>
  new Set([...columns.keys()].filter((name) => !isServerColumn(name) && accept.test(name)))

/** The stored columns without any value. */
export const emptyColumns = (facts: Facts, settings: FileSettings): Set<string> =>
  new Set([...storedColumns(facts, settings)].filter((name) => facts.columns.get(name)?.filled === 0))

/** The columns whose words for missing values are null. */
export const clearedColumns = ({ columns }: Facts): Set<string> =>
  new Set([...columns].filter(([, facts]) => isCleared(facts)).map(([name]) => name))

export const timeFacts = (facts: Facts, settings: FileSettings): TimeColumnFacts => ({
  columns: storedColumns(facts, settings),
  hasClocks: (name) => facts.clocks.has(name),
  hasTimes: (name) => facts.times.has(name),
})
