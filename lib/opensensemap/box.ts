import { createHash } from 'node:crypto'
import type { Settings } from '../config/settings.ts'
import type { Cell } from '../measurements/cells.ts'
import { describeSensor } from './sensors.ts'

/** Where rows without a box of their own go, as in co2logserver. */
const NO_BOX = 'generic'
/** Characters of a box's name that openSenseMap takes. */
const NAME_CHARACTERS = 100

/** Names a box within Latchkey, by 43 characters that fit into any key. */
export const boxDigest = (box: string): string => createHash('sha256').update(box).digest('base64url')

/** Names a box in the log and to operators: devices choose the names of boxes. */
export const shortDigest = (digest: string): string => digest.slice(0, 10)

/** Settings that say what is forwarded. They count when a block is stored, and again when it is sent. */
export type ForwardingFilters = Settings<'OSEM_UPLOAD' | 'OSEM_CLIENTS' | 'OSEM_BOXES' | 'OSEM_COLUMNS'>
interface Sent {
  source: string
  timeColumn: string | null
  columns: ReadonlyMap<string, readonly Cell[]>
}

/** The box that a block's rows name. Who took part is nobody's business there. */
function boxOf({ columns, source }: Sent): string {
  const named = columns.get('box')?.some((cell) => cell !== null && cell !== '') ?? false
  // openSenseMap takes blanks at the ends away: with them, it is no other box.
  return (named && source.trim()) || NO_BOX
}

/** The columns of a client's block that are to be forwarded: none where the settings leave its client or box out. */
export function columnsToForward(clientId: string, block: Sent, filters: ForwardingFilters): string[] {
  const { OSEM_UPLOAD, OSEM_CLIENTS, OSEM_BOXES, OSEM_COLUMNS } = filters
  const isChosen = OSEM_UPLOAD && (OSEM_CLIENTS?.includes(clientId) ?? true) && OSEM_BOXES.test(boxOf(block))
  return isChosen ? sensorColumns(block, OSEM_COLUMNS) : []
}

/** Which box at openSenseMap a client's block is to be sent to; null when nothing in it is for there. */
export const boxToForward = (clientId: string, block: Sent, filters: ForwardingFilters): string | null =>
  columnsToForward(clientId, block, filters).length > 0 ? boxOf(block) : null

/** The columns of a block that hold readings to forward. */
export const sensorColumns = ({ columns, timeColumn }: Omit<Sent, 'source'>, wanted: RegExp): string[] =>
  [...columns]
    .filter(
      ([name, cells]) => name !== timeColumn && cells.length > 0 && describeSensor(name) !== null && wanted.test(name),
    )
    .map(([name]) => name)

/** What a box is called and described as at openSenseMap. */
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
    name: shortened(`${OSEM_NAME.trim()} senseBox ${box}`),
    exposure: exposureOf(box),
    grouptag: [OSEM_NAME],
    description: `Measurements that "${OSEM_NAME}" receives from its box "${box}" and forwards.`,
    ...(OSEM_WEBLINK !== undefined && { weblink: OSEM_WEBLINK }),
  }
}

/** Two long names that begin alike must not become one, nor a character be cut in half. */
const shortened = (name: string): string =>
  name.length <= NAME_CHARACTERS
    ? name
    : `${name.slice(0, 88).toWellFormed().trimEnd()} ${boxDigest(name).slice(0, 10)}`

const EXPOSURES = ['indoor', 'outdoor', 'mobile'] as const

/** As the box's name says; mobile when it says nothing. */
const exposureOf = (box: string) => EXPOSURES.find((exposure) => box.toLowerCase().includes(exposure)) ?? 'mobile'
