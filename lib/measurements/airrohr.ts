import { parseCellText } from './cells.ts'
import type { JsonShape } from './json-shapes.ts'
import { NamedRow } from './named-row.ts'
import { isObject, type Row } from './raw-columns.ts'

const LIST = 'sensordatavalues'
/** Members that identify the device, in this order. */
const IDS = ['box', 'esp8266id', 'esp32id', 'raspiid']

const isReading = (value: unknown): value is { value_type: string; value: unknown } =>
  isObject(value) && typeof value['value_type'] === 'string' && 'value' in value && Object.keys(value).length === 2

/**
 * What the firmware airRohr sends to an API of one's own: `{"esp8266id":"1","sensordatavalues":[{"value_type":"SDS_P1",
 * "value":"3.20"}]}`. A message is one row. The id of the chip is its box, else the header `X-Sensor`.
 */
export const airRohr: JsonShape = {
  matches: ({ [LIST]: list }) => Array.isArray(list) && list.length > 0 && list.every(isReading),
  toRows(message, warnings, { sensor }): Row[] {
    // The firmware sends each reading at once, without a time.
    warnings.ignore('no_time_column')
    const row = new NamedRow()
    const id = IDS.find((name) => message[name] !== undefined && message[name] !== null && message[name] !== '')
    const box = id === undefined ? sensor : message[id]
    if (box !== undefined) row.add([['box', box]])
    const readings = Array.isArray(message[LIST]) ? message[LIST].filter(isReading) : []
    row.add(
      readings.map(({ value_type, value }) => [value_type, typeof value === 'string' ? parseCellText(value) : value]),
      '_reading',
    )
    row.add(
      Object.entries(message).filter(([name]) => name !== LIST && name !== id),
      '_message',
    )
    return [row.toRow()]
  },
}
