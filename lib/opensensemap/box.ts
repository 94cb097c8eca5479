import { hash } from 'node:crypto'
import type { Settings } from '../config/settings.ts'
import type { BlockColumns } from '../measurements/columns.ts'
import { DEFAULT_SOURCE } from '../measurements/group-rows.ts'
import type { Series } from '../measurements/store/series.ts'
import { describeSensor } from './sensors.ts'

/** Box of rows that do not name one, as in co2logserver. */
const NO_BOX = 'generic'
/** Maximum length of a box name at openSenseMap. */
const NAME_CHARACTERS = 100

/** Id of a box within Latchkey: 43 characters that are valid in any key. */
export const boxDigest = (box: string): string => hash('sha256', box, 'base64url')

/** Id of a box in the log and the command line. Box names are not logged, because devices choose them. */
export const shortDigest = (digest: string): string => digest.slice(0, 10)

/** Settings that select what is forwarded. They apply when a block is stored, and again when it is sent. */
export const FORWARDING_FILTERS = ['OSEM_UPLOAD', 'OSEM_CLIENTS', 'OSEM_BOXES', 'OSEM_COLUMNS'] as const
export type ForwardingFilters = Settings<(typeof FORWARDING_FILTERS)[number]>

interface BoxBlock {
  source: string
  timeColumn: string | null
  columns: BlockColumns
}

/** The box that a block's rows name. Participants are never sent to openSenseMap. */
function boxOf({ columns, source }: BoxBlock): string {
  const hasName = columns.get('box')?.some((cell) => cell !== null && cell !== '') ?? false
  return hasName ? namedBox(source) : NO_BOX
}

/** openSenseMap trims names, so names that differ in outer spaces are the same box. */
const namedBox = (source: string): string => source.trim() || NO_BOX

/** The boxes at openSenseMap that may receive blocks of a series: one, or two if only some of its rows name a box. */
export function boxesOfSeries({ source, participant, columns }: Pick<Series, 'source' | 'participant' | 'columns'>) {
  const named = columns.has('box') ? [namedBox(source)] : []
  const unnamed = source === (participant ?? DEFAULT_SOURCE) ? [NO_BOX] : []
  return [...new Set([...named, ...unnamed])]
}

/** Whether the settings select a box of a client. */
export const isBoxSelected = (
  clientId: string,
  box: string,
  { OSEM_UPLOAD, OSEM_CLIENTS, OSEM_BOXES }: Pick<ForwardingFilters, 'OSEM_UPLOAD' | 'OSEM_CLIENTS' | 'OSEM_BOXES'>,
): boolean => OSEM_UPLOAD && (OSEM_CLIENTS?.includes(clientId) ?? true) && OSEM_BOXES.test(box)

/** The columns of a client's block to forward; empty if the settings exclude its client or box. */
export function columnsToForward(clientId: string, block: BoxBlock, filters: ForwardingFilters): string[] {
  return isBoxSelected(clientId, boxOf(block), filters) ? sensorColumns(block, filters.OSEM_COLUMNS) : []
}

/** The box at openSenseMap that receives a client's block; null if nothing in the block is forwarded. */
export const boxToForward = (clientId: string, block: BoxBlock, filters: ForwardingFilters): string | null =>
  columnsToForward(clientId, block, filters).length > 0 ? boxOf(block) : null

/** The columns of a block that contain readings to forward. */
export const sensorColumns = ({ columns, timeColumn }: Omit<BoxBlock, 'source'>, pattern: RegExp): string[] =>
  [...columns]
    .filter(
      ([name, cells]) => name !== timeColumn && cells.length > 0 && describeSensor(name) !== null && pattern.test(name),
    )
    .map(([name]) => name)

/** Metadata of a box at openSenseMap. */
export interface BoxDescription {
  name: string
  exposure: 'indoor' | 'outdoor' | 'mobile'
  grouptag: string[]
  description: string
  weblink?: string
}

export function describeBox(box: string, server: Settings<'OSEM_NAME' | 'OSEM_WEBLINK'>): BoxDescription {
  const { OSEM_NAME, OSEM_WEBLINK } = server
  return {
    name: shortenName(`${OSEM_NAME.trim()} senseBox ${box}`),
    exposure: exposureOf(box),
    grouptag: [OSEM_NAME],
    description: `Measurements that "${OSEM_NAME}" receives from its box "${box}" and forwards.`,
    ...(OSEM_WEBLINK !== undefined && { weblink: OSEM_WEBLINK }),
  }
}

/** Shortens a long name. The digest separates names with the same start; `toWellFormed` repairs a split character. */
const shortenName = (name: string): string =>
  name.length <= NAME_CHARACTERS
    ? name
    : `${name.slice(0, 88).toWellFormed().trimEnd()} ${boxDigest(name).slice(0, 10)}`

const EXPOSURES = ['indoor', 'outdoor', 'mobile'] as const

/** The exposure that the name of the box contains; otherwise mobile. */
const exposureOf = (box: string) => EXPOSURES.find((exposure) => box.toLowerCase().includes(exposure)) ?? 'mobile'
