import { hash } from 'node:crypto'
import type { Settings } from '../config/settings.ts'
import type { BlockColumns } from '../measurements/columns.ts'
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
  // openSenseMap trims names, so names that differ in outer spaces are the same box.
  return (hasName && source.trim()) || NO_BOX
}

/** The columns of a client's block to forward; empty if the settings exclude its client or box. */
export function columnsToForward(clientId: string, block: BoxBlock, filters: ForwardingFilters): string[] {
  const { OSEM_UPLOAD, OSEM_CLIENTS, OSEM_BOXES, OSEM_COLUMNS } = filters
  const isSelected = OSEM_UPLOAD && (OSEM_CLIENTS?.includes(clientId) ?? true) && OSEM_BOXES.test(boxOf(block))
  return isSelected ? sensorColumns(block, OSEM_COLUMNS) : []
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
