import { toBlocks } from '../blocks.ts'
import { parseUpload } from '../parse-upload.ts'
import { type DataTable, isTextColumn } from '../table.ts'
import { findTimeColumn, timeColumnFacts } from '../time-column.ts'
import { makeTimeReader } from '../time-options.ts'
import type { Warnings } from '../warnings.ts'
import { addCells } from './column-facts.ts'
import type { Part } from './cut.ts'
import {
  addNames,
  addSources,
  addTimes,
  columnFactsOf,
  copyFacts,
  emptyColumns,
  type Facts,
  timeFacts,
} from './facts.ts'
import { finishWarnings } from './file-warnings.ts'
import { type FileContext, parsePart } from './parse-part.ts'
import type { RoomCheck } from './series-room.ts'
import type { FileState } from './state.ts'

/** What a part has added to a state. The caller moves the position. */
type Checked = Pick<FileState, 'rows' | 'facts' | 'reading' | 'firstReading' | 'isStale'>

/** Checks a part and stores nothing. Throws a `Problem` whose places are those in the part. */
export async function checkPart(
  context: FileContext,
  state: FileState,
  part: Part,
  checkRoom: RoomCheck,
): Promise<Checked> {
  const { settings } = context
  // A part that fails is cut into smaller ones, so its facts must not remain.
  const facts = copyFacts(state.facts)
  const reading = { ...state.reading }
  let timeColumn = state.timeColumn ?? null
  const { table, blocks, names, warnings, layout } = parsePart(context, part, {
    reading,
    cleared: new Set(),
    onCells: (name, cells) =>
      addCells(columnFactsOf(facts, name), cells, state.rows, isTextColumn(name, settings.textColumns)),
    findTimeColumn: (table) => {
      if (state.timeColumn === undefined) timeColumn = findTimeColumnSoFar(context, facts, table)
      return timeColumn
    },
    findEmptyColumns: () => emptyColumns(facts, settings),
    lastRows: new Map(),
  })
  context.layout = layout
  addNames(facts, names)
  addSources(facts, new Set(blocks.map(({ source }) => source)))
  await checkRoom(facts, blocks)
  facts.warnings.append(warnings, state.rows)
  const rows = state.rows + table.rows
  if (state.pass === 'recheck') return { ...state, rows, facts }
  if (table.rows === 0) return { ...state, rows, facts, reading }
  const current = JSON.stringify([timeColumn, reading.isTrimmed, reading.dateOrders[0] ?? null])
  const { firstReading } = state
  return {
    ...{ rows, facts, reading, firstReading: firstReading ?? current },
    isStale: state.isStale || (firstReading !== null && firstReading !== current),
  }
}

/** The column with the times, as far as the parts show it. */
function findTimeColumnSoFar({ settings, options }: FileContext, facts: Facts, table: DataTable): string | null {
  if (options.time_column !== undefined) return options.time_column
  addTimes(facts, table, timeColumnFacts(table.columns, makeTimeReader(options)), settings.timeColumns)
  return findTimeColumn(timeFacts(facts, settings), settings.timeColumns, undefined)
}

/** How the whole of a checked file is read: fixed for the passes that follow. */
export function decide({ settings, options, file }: FileContext, { facts, reading, rows }: FileState) {
  const columns = timeFacts(facts, settings)
  return {
    timeColumn: rows === 0 && file.isCsv ? null : findTimeColumn(columns, settings.timeColumns, options.time_column),
    reading: { ...reading, dateOrders: reading.dateOrders.slice(0, 1) },
  }
}

/** The warnings of a checked file. Throws a `Problem` for what is wrong with the file as a whole. */
export async function warningsOf(context: FileContext, state: FileState): Promise<Warnings> {
  const { settings } = context
  if (state.facts.names.size > 0 || !context.file.isCsv) {
    const rows = state.totalRows
    return finishWarnings(state.facts, { timeColumn: state.timeColumn ?? null, rows, settings })
  }
  // Without rows, the first lines say everything, as in an upload.
  const { upload, type, options } = context
  const names = { ACCEPT_COLUMNS: settings.accept, TEXT_COLUMNS: settings.textColumns }
  const head = await context.file.read(0, state.headBytes)
  const { table, warnings } = await parseUpload(type, head, options, names)
  const { timeColumns } = settings
  const { receivedAt, owner, fileId } = upload
  toBlocks(
    table,
    { timeColumns, timeOptions: options, receivedAt, participant: owner.participant, uploadId: fileId },
    warnings,
  )
  return warnings
}
