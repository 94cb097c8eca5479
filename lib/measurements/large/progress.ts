import * as z from 'zod/mini'
import { Problem } from '../../core/problem.ts'
import { toColumnName } from '../column-name.ts'
import { DATE_ORDERS, INDEX_KINDS, LINE_FORMS } from '../file-part.ts'
import { isValueWarningKind, NOTE_KINDS, type ValueWarningKind, Warnings } from '../warnings.ts'
import type { ColumnFacts } from './column-facts.ts'
import { MAX_PROGRESS_BYTES } from './large-upload.ts'
import { LAST_ROWS_BYTES } from './last-rows.ts'
import type { FileState } from './state.ts'

const count = z.int().check(z.minimum(0))
const strings = z.array(z.string())

/** The values of `ColumnFacts`, which are most of the progress. */
const columnFacts = z.pipe(
  z.tuple([z.int(), z.int(), z.int(), z.int(), z.int(), z.int(), z.int(), z.int()]),
  z.transform(
    ([filled, numbers, booleans, numberTexts, missing, firstMissing, texts, firstText]): ColumnFacts => ({
      ...{ filled, numbers, booleans, numberTexts, missing, firstMissing, texts, firstText },
    }),
  ),
)

const valueWarning = z.pipe(
  z.tuple([z.string(), z.custom<ValueWarningKind>(isValueWarningKind), count, count]),
  z.transform(([column, kind, count, firstRow]) => ({ column, kind, count, firstRow })),
)

const noteWarning = z.object({
  kind: z.enum(NOTE_KINDS),
  sentence: z.string(),
  count,
  noun: z.optional(z.string()),
})

const lastRows = z.tuple([z.string(), z.object({ time: z.number(), counts: z.array(z.tuple([z.string(), count])) })])

/** The JSON of a state. */
const schema = z.object({
  pass: z.enum(['check', 'recheck', 'store']),
  position: z.object({ start: count, linesBefore: count, maxBytes: count }),
  headBytes: count,
  rows: count,
  totalRows: count,
  settings: z.object({ accept: z.tuple([z.string(), z.string()]), textColumns: strings, timeColumns: strings }),
  names: strings,
  columns: z.array(columnFacts),
  clocks: strings,
  times: strings,
  sources: strings,
  /** Columns by their index. */
  wide: z.array(z.tuple([z.string(), z.array(count)])),
  warnings: z.object({
    values: z.array(valueWarning),
    notes: z.array(noteWarning),
    ignored: z.array(z.enum(NOTE_KINDS)),
  }),
  reading: z.object({
    isTrimmed: z.boolean(),
    index: z.array(z.enum(INDEX_KINDS)),
    dateOrders: z.array(z.enum(DATE_ORDERS)),
    forms: z.array(z.enum(LINE_FORMS)),
  }),
  timeColumn: z.optional(z.nullable(z.string())),
  firstReading: z.nullable(z.string()),
  isStale: z.boolean(),
  lastRows: z.array(lastRows),
})

/** The state that a run has saved. */
export function fromProgress(progress: unknown): FileState {
  const { settings, names, columns, clocks, times, sources, wide, warnings: entries, ...state } = schema.parse(progress)
  const warnings = new Warnings()
  warnings.append(entries, 0)
  const [source, flags] = settings.accept
  const stored = names.map(toColumnName)
  return {
    ...state,
    timeColumn: state.timeColumn,
    settings: { ...settings, accept: new RegExp(source, flags) },
    facts: {
      names: new Map(names.map((name, index) => [stored[index] ?? '', name])),
      columns: new Map(columns.map((facts, index) => [stored[index] ?? '', facts])),
      clocks: new Set(clocks),
      times: new Set(times),
      sources: new Set(sources),
      wide: new Map(wide.map(([digest, list]) => [digest, new Set(list.map((index) => stored[index] ?? ''))])),
      warnings,
    },
    lastRows: new Map(state.lastRows),
  }
}

/**
 * The state as an object that JSON can hold. Throws a `Problem` for a file whose names of columns, boxes and warnings make
 * it too large.
 */
export function toProgress({ settings, facts, lastRows, ...state }: FileState): z.input<typeof schema> {
  const { values, notes, ignored } = facts.warnings.entries()
  const order = [...facts.columns.keys()]
  const progress: z.input<typeof schema> = {
    ...state,
    reading: {
      ...state.reading,
      index: [...state.reading.index],
      dateOrders: [...state.reading.dateOrders],
      forms: [...state.reading.forms],
    },
    settings: {
      accept: [settings.accept.source, settings.accept.flags],
      textColumns: [...settings.textColumns],
      timeColumns: [...settings.timeColumns],
    },
    names: [...facts.names.values()],
    columns: [...facts.columns.values()].map(({ filled, numbers, booleans, numberTexts, ...of }) => [
      ...([filled, numbers, booleans, numberTexts] as const),
      ...([of.missing, of.firstMissing, of.texts, of.firstText] as const),
    ]),
    clocks: [...facts.clocks],
    times: [...facts.times],
    sources: [...facts.sources],
    wide: [...facts.wide].map(([digest, columns]) => [digest, [...columns].map((name) => order.indexOf(name))]),
    warnings: {
      values: values.map(({ column, kind, count, firstRow }) => [column, kind, count, firstRow]),
      notes,
      ignored,
    },
    lastRows: [...lastRows].map(([source, { time, counts }]) => [
      source,
      { time, counts: counts.map(([digest, count]) => [digest, count]) },
    ]),
  }
  const room = state.pass === 'store' ? MAX_PROGRESS_BYTES : MAX_PROGRESS_BYTES - LAST_ROWS_BYTES
  if (Buffer.byteLength(JSON.stringify(progress)) < room) return progress
  const detail = 'The file has too many columns, boxes and warnings with long names. Send it as several files.'
  throw new Problem('limit_exceeded', detail)
}
