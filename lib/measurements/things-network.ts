import { Problem } from '../core/problem.ts'
import type { JsonShape } from './json-shapes.ts'
import { NamedRow } from './named-row.ts'
import { isObject, type Row } from './raw-columns.ts'
import type { Warnings } from './warnings.ts'

/** Deeper payloads would make names of columns that mean nothing. */
const MAX_LEVELS = 8
/** Members of a message that are not its event. */
const ENVELOPE = new Set(['end_device_ids', 'correlation_ids', 'received_at', 'simulated'])

const objectOf = (value: unknown): Row => (isObject(value) ? value : {})

/**
 * Messages of The Things Stack v3, as its webhooks send them. An uplink is one row: the decoded payload, the time, and
 * the device as its box. Other events have no row, only a warning: a webhook with rejected events is disabled.
 */
export const thingsNetwork: JsonShape = {
  matches: ({ end_device_ids: ids }) => typeof objectOf(ids)['device_id'] === 'string',
  toRows(message, warnings): Row[] {
    const { uplink_message: uplink } = message
    if (isObject(uplink)) return [uplinkRow(message, uplink, warnings)]
    const event = Object.keys(message).find((name) => !ENVELOPE.has(name)) ?? 'without an event'
    warnings.note(
      'no_rows',
      `the message ${event.slice(0, 40)} of The Things Network has no measurements and was not stored`,
    )
    return []
  },
}

function uplinkRow(message: Row, uplink: Row, warnings: Warnings): Row {
  const row = new NamedRow()
  row.add([
    ['time', uplink['received_at'] ?? message['received_at'] ?? null],
    ['box', objectOf(message['end_device_ids'])['device_id']],
  ])
  row.add(readPayload(uplink, warnings), '_decoded')
  // Members that are 0 are absent.
  const frame = { f_port: uplink['f_port'] ?? 0, f_cnt: uplink['f_cnt'] ?? 0 }
  const { rssi, snr } = strongestGateway(uplink['rx_metadata'])
  const { latitude, longitude, altitude } = objectOf(objectOf(uplink['locations'])['user'])
  row.add(Object.entries({ ...frame, rssi, snr, latitude, longitude, altitude }), '_ttn')
  return row.toRow()
}

/** The cells of the decoded payload. Without one, the payload in base64, so that it is not lost. */
function readPayload(uplink: Row, warnings: Warnings): [string, unknown][] {
  const { decoded_payload: decoded, frm_payload: payload = null } = uplink
  if (decoded !== undefined && decoded !== null) return [...flatten('', decoded, MAX_LEVELS)]
  warnings.note(
    'payload_undecoded',
    'an uplink of The Things Network has no decoded_payload, so frm_payload is stored: add a payload formatter',
  )
  return [['frm_payload', payload]]
}

/** Nested members and elements, named by their path: `{"air":{"co2":[612]}}` is `air_co2_0`. */
function* flatten(path: string, value: unknown, levels: number): Generator<[string, unknown]> {
  const members = isObject(value) || Array.isArray(value) ? Object.entries(value) : []
  if (members.length === 0) {
    yield [path || 'decoded_payload', isObject(value) || Array.isArray(value) ? null : value]
    return
  }
  if (levels === 0) {
    throw new Problem('body_invalid', `decoded_payload has more than ${MAX_LEVELS} levels. Return flat values.`, {
      issues: [{ field: 'decoded_payload', detail: 'nested too deeply' }],
    })
  }
  for (const [name, member] of members) yield* flatten(path === '' ? name : `${path}_${name}`, member, levels - 1)
}

/** The reception with the highest signal strength (`rssi`); of equal ones, the first. */
function strongestGateway(receptions: unknown): Row {
  const list = Array.isArray(receptions) ? receptions.filter(isObject) : []
  const rssiOf = ({ rssi }: Row): number => (typeof rssi === 'number' ? rssi : Number.NEGATIVE_INFINITY)
  return list.reduce<Row>((best, next) => (rssiOf(next) > rssiOf(best) ? next : best), list[0] ?? {})
}
