import { describe, expect, it } from 'vitest'
import { toBlocks } from '../../../lib/measurements/blocks.ts'
import { parseBody } from '../../../lib/measurements/parse-body.ts'
import type { ParseOptions } from '../../../lib/measurements/parse-options.ts'
import { toTable } from '../../../lib/measurements/table.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { thrownProblem } from '../../support/problems.ts'

const CONTEXT = { timeColumns: ['time'], participant: undefined, receivedAt: Date.UTC(2026, 4, 3), uploadId: 'key 1' }

/** The rows of a body without their nulls, the warnings, and the sources of its blocks. */
function read(body: unknown, options: ParseOptions = {}, type = 'application/json') {
  const warnings = new Warnings()
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const table = toTable(parseBody(type, Buffer.from(text), warnings, options), /.*/, warnings)
  const rows = Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(
      [...table.columns].flatMap(([name, cells]) => ((cells[row] ?? null) === null ? [] : [[name, cells[row]]])),
    ),
  )
  const sources = toBlocks(table, CONTEXT, warnings).map(({ source }) => source)
  return { rows, warnings: warnings.sentences(), sources }
}
const errorOf = (body: unknown, options?: ParseOptions) => thrownProblem(() => read(body, options))

describe('airRohr', () => {
  const values = (...pairs: [string, unknown][]) => pairs.map(([value_type, value]) => ({ value_type, value }))
  const MESSAGE = {
    esp8266id: '12331981',
    software_version: 'NRZ-2020-129',
    sensordatavalues: values(
      ['SDS_P1', '0.40'],
      ['SDS_P2', '0.20'],
      ['BME280_temperature', '20.47'],
      ['signal', '-82'],
    ),
  }

  it('is one row of numbers in the box of the chip', () => {
    const { rows, sources } = read(MESSAGE)
    expect(rows).toEqual([
      {
        box: '12331981',
        sds_p1: 0.4,
        sds_p2: 0.2,
        bme280_temperature: 20.47,
        signal: -82,
        software_version: 'NRZ-2020-129',
      },
    ])
    expect(sources).toEqual(['12331981'])
  })

  it('of a Raspberry Pi has the box of X-Sensor', () => {
    const { esp8266id: _id, ...message } = MESSAGE
    expect(read(message, { sensor: 'raspi-0000000012345678' }).sources).toEqual(['raspi-0000000012345678'])
    expect(read(message).sources).toEqual(['default'])
  })

  it('prefers the id in the body to X-Sensor, and a box to the id', () => {
    expect(read(MESSAGE, { sensor: 'esp8266-12331981' }).sources).toEqual(['12331981'])
    expect(read({ ...MESSAGE, box: 'garden' }).rows[0]).toMatchObject({ box: 'garden', esp8266id: '12331981' })
    expect(read({ ...MESSAGE, esp8266id: '', esp32id: 7 }).sources).toEqual(['7'])
  })

  it('reads several messages as rows', () => {
    expect(read([MESSAGE, { ...MESSAGE, esp8266id: '7' }]).sources).toEqual(['12331981', '7'])
    const lines = [MESSAGE, MESSAGE].map((message) => JSON.stringify(message)).join('\n')
    expect(read(lines, {}, 'application/x-ndjson').rows).toHaveLength(2)
  })

  it('reads a failed sensor as null', () => {
    const { rows, warnings } = read({ sensordatavalues: values(['SDS_P1', 'nan'], ['humidity', 51.5], ['note', null]) })
    expect(rows).toEqual([{ humidity: 51.5 }])
    expect(warnings.join()).toContain('NaN or infinite')
  })

  it('keeps both of a reading and a member with the same name', () => {
    const { rows } = read({ signal: 'good', sensordatavalues: values(['signal', '-82'], ['box', '3']), esp8266id: '7' })
    expect(rows).toEqual([{ box: '7', box_reading: 3, signal: -82, signal_message: 'good' }])
  })

  it.each([
    ['a reading twice', values(['SDS_P1', '1'], ['sds_p1', '2'])],
    ['a nested value', values(['SDS_P1', { value: 1 }])],
    ['a reading without a value', [{ value_type: 'SDS_P1' }]],
    ['a reading with more members', [{ value_type: 'SDS_P1', value: '1', id: 3 }]],
    ['a number as a reading', [1, { value_type: 'SDS_P1', value: '1' }]],
    ['a reading without a name', values(['', '1'])],
  ])('rejects %s', (_case, sensordatavalues) => {
    expect(errorOf({ esp8266id: '7', sensordatavalues }).code).toBe('body_invalid')
  })

  it('does not change columns with its names', () => {
    expect(read({ sensordatavalues: [1, 2], esp8266id: 'a' }).rows).toEqual([
      { sensordatavalues: 1, esp8266id: 'a' },
      { sensordatavalues: 2, esp8266id: 'a' },
    ])
    expect(read({ sensordatavalues: [] }).rows).toEqual([])
  })
})

describe('JSON of Telegraf', () => {
  const DOCKER = {
    fields: { field_1: 30, field_2: 4, n_images: 660 },
    name: 'docker',
    tags: { host: 'raynor' },
    timestamp: 1458229140,
  }
  const ROW = {
    time: 1458229140,
    field_1: 30,
    field_2: 4,
    n_images: 660,
    host: 'raynor',
    measurement: 'docker',
    box: 'raynor',
  }

  it('is one row per metric, in the box of its host', () => {
    expect(read(DOCKER)).toEqual({ rows: [ROW], warnings: [], sources: ['raynor'] })
    expect(read({ metrics: [DOCKER, { ...DOCKER, name: 'podman' }] }).rows).toEqual([
      ROW,
      { ...ROW, measurement: 'podman' },
    ])
    expect(read([DOCKER]).rows).toEqual([ROW])
  })

  it('is read line by line without batches', () => {
    const lines = `${JSON.stringify(DOCKER)}\n${JSON.stringify({ ...DOCKER, tags: { box: 'garden', host: 'pi' } })}\n`
    expect(read(lines, {}, 'application/x-ndjson').sources).toEqual(['raynor', 'garden'])
  })

  it.each([
    ['milliseconds', '1458229140123', 1458229140123],
    ['microseconds', '1458229140123456', '2016-03-17T15:39:00.123456Z'],
    ['nanoseconds', '1458229140123456789', '2016-03-17T15:39:00.123456789Z'],
  ])('keeps every digit of %s', (_unit, sent, time) => {
    const text = JSON.stringify(DOCKER).replace('1458229140', sent)
    const warnings = new Warnings()
    const table = toTable(parseBody('application/json', Buffer.from(text), warnings), /.*/, warnings)
    toBlocks(table, CONTEXT, warnings)
    expect(table.columns.get('time')).toEqual([time])
    expect(warnings.sentences()).toEqual([])
  })

  it('accepts metrics without tags and with formatted times', () => {
    const { tags: _tags, ...metric } = { ...DOCKER, timestamp: '2016-03-17T15:39:00Z' }
    expect(read(metric).rows).toEqual([
      { time: '2016-03-17T15:39:00Z', field_1: 30, field_2: 4, n_images: 660, measurement: 'docker' },
    ])
  })

  it('keeps fields, tags and the measurement apart where they have the same name', () => {
    const tags = { field_1: 'a', Host: 'b' }
    const fields = { field_1: 1, time: 5, measurement: 'c', box: 12 }
    expect(read({ ...DOCKER, tags, fields }).rows).toEqual([
      {
        ...{ time: 1458229140, field_1: 1, time_field: 5, measurement: 'c', box: '12', field_1_tag: 'a', host: 'b' },
        measurement_name: 'docker',
      },
    ])
  })

  it.each([
    ['a nested field', { ...DOCKER, fields: { a: { b: 1 } } }],
    ['two fields that differ in letter case', { ...DOCKER, fields: { a: 1, A: 2 } }],
    ['a name that three places use', { ...DOCKER, fields: { a: 1, a_tag: 2 }, tags: { a: 'x' } }],
    ['a metric without a timestamp', { ...DOCKER, timestamp: null }],
    ['a metric with another member', { ...DOCKER, unit: 'C' }],
    ['a metric with a list of fields', { ...DOCKER, fields: [1] }],
    ['a batch with a row', { metrics: [DOCKER, { co2: 1 }] }],
    ['a batch with another member', { metrics: [DOCKER], host: 'a' }],
    ['rows among metrics', [DOCKER, { co2: 1 }]],
    ['a metric among rows', [{ co2: 1 }, DOCKER]],
    ['a value among metrics', [DOCKER, 1]],
  ])('rejects %s', (_case, body) => {
    expect(errorOf(body).code).toBe('body_invalid')
  })

  it('rejects a field that appears twice, as its first value would be lost', () => {
    const { message } = errorOf(JSON.stringify(DOCKER).replace('"field_2"', '"field_1"'))
    expect(message).toBe('A name appears twice in one object, so one of its values would be lost.')
  })

  it('does not change columns with its names', () => {
    const columns = { name: ['a'], fields: [1], tags: [2], timestamp: [1458229140], metrics: [3] }
    expect(read(columns).rows).toEqual([{ name: 'a', fields: 1, tags: 2, timestamp: 1458229140, metrics: 3 }])
    expect(read({ name: 'a', fields: 3, timestamp: 1458229140 }).rows).toHaveLength(1)
    expect(read({ metrics: [] }).rows).toEqual([])
  })
})

describe('The Things Network', () => {
  const IDS = { device_id: 'dev1', application_ids: { application_id: 'app1' }, dev_eui: '0004A30B001C0530' }
  const UPLINK = {
    f_cnt: 1,
    f_port: 1,
    frm_payload: 'gkHe',
    decoded_payload: { temperature: 1.5, air: { co2: [612, 618] }, empty: {} },
    rx_metadata: [{ rssi: -110, snr: -3 }, { rssi: -35, snr: 5.2 }, { rssi: 'x' }, 3],
    received_at: '2020-02-12T15:15:45.787319001Z',
    locations: { user: { latitude: 37.97155556731436, longitude: 23.72678801175413, altitude: 2 } },
  }
  const MESSAGE = { end_device_ids: IDS, received_at: '2020-02-12T15:15:46.1Z', uplink_message: UPLINK }
  const uplink = (changes: object) => ({ ...MESSAGE, uplink_message: { ...UPLINK, ...changes } })

  it('is one row with the decoded payload, in the box of the device', () => {
    expect(read(MESSAGE)).toEqual({
      rows: [
        {
          time: '2020-02-12T15:15:45.787319001Z',
          box: 'dev1',
          temperature: 1.5,
          air_co2_0: 612,
          air_co2_1: 618,
          f_port: 1,
          f_cnt: 1,
          rssi: -35,
          snr: 5.2,
          latitude: 37.97155556731436,
          longitude: 23.72678801175413,
          altitude: 2,
        },
      ],
      warnings: [],
      sources: ['dev1'],
    })
  })

  it('keeps what the device measured where metadata has the same name', () => {
    const { rows } = read(uplink({ decoded_payload: { latitude: 1, time: 5, box: 'x', RSSI: 3 } }))
    expect(rows[0]).toMatchObject({
      ...{ box: 'dev1', box_decoded: 'x', time_decoded: 5, latitude: 1, rssi: 3 },
      ...{ latitude_ttn: 37.97155556731436, rssi_ttn: -35 },
    })
  })

  it('reads absent counters as 0, and other absent members as null', () => {
    const { received_at, ...message } = MESSAGE
    expect(read({ ...message, uplink_message: { decoded_payload: { a: 1 }, received_at } }).rows).toEqual([
      { time: received_at, box: 'dev1', a: 1, f_port: 0, f_cnt: 0 },
    ])
    expect(read({ ...MESSAGE, uplink_message: { decoded_payload: { a: 1 } } }).rows[0]).toMatchObject({
      time: '2020-02-12T15:15:46.1Z',
    })
    expect(read({ ...message, uplink_message: { decoded_payload: { a: 1 } } }).warnings).not.toEqual([])
  })

  it('stores the payload of an uplink without a decoded one, with a warning', () => {
    const { rows, warnings } = read(uplink({ decoded_payload: undefined }))
    expect(rows[0]).toMatchObject({ frm_payload: 'gkHe', f_cnt: 1 })
    expect(warnings.join()).toContain('add a payload formatter')
    expect(read(uplink({ decoded_payload: null, frm_payload: undefined })).rows).toHaveLength(1)
  })

  it.each([
    ['a number', 7, { decoded_payload: 7 }],
    ['a list', [7, 8], { 0: 7, 1: 8 }],
    ['an empty object', {}, {}],
  ])('reads %s as decoded payload', (_case, decoded_payload, cells) => {
    const [row] = read(uplink({ decoded_payload })).rows
    expect(row).toMatchObject({ ...cells, f_port: 1 })
  })

  it.each(['join_accept', 'downlink_ack', 'location_solved'])('stores nothing of %s, with a warning', (event) => {
    const { rows, warnings } = read({ end_device_ids: IDS, correlation_ids: ['a'], [event]: { session_key_id: 'x' } })
    expect(rows).toEqual([])
    expect(warnings).toEqual([`the message ${event} of The Things Network has no measurements and was not stored`])
  })

  it.each([
    ['a message without an event', { end_device_ids: IDS }],
    ['an uplink that is a text', { end_device_ids: IDS, uplink_message: 'x' }],
  ])('stores nothing of %s', (_case, message) => {
    expect(read(message).rows).toEqual([])
  })

  it('rejects decoded members with the same name', () => {
    expect(errorOf(uplink({ decoded_payload: { a_b: 1, a: { b: 2 } } })).code).toBe('body_invalid')
  })

  it('rejects a device id that is too long for the name of a box', () => {
    const device_id = 'x'.repeat(300)
    expect(errorOf({ ...MESSAGE, end_device_ids: { device_id } }).code).toBe('limit_exceeded')
  })

  it('rejects a payload that is nested deeply, however deep', () => {
    for (const levels of [10, 100_000]) {
      const nested = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
      const text = JSON.stringify(uplink({ decoded_payload: 'NESTED' })).replace('"NESTED"', nested)
      expect(errorOf(text).code).toBe('body_invalid')
    }
  })

  it.each([
    ['a million elements', { a: Array.from({ length: 1_000_000 }, () => 1) }],
    ['the same long name in many', { ['a'.repeat(1_000_000)]: Array.from({ length: 999 }, () => 1) }],
  ])('rejects a payload with %s before it names them all', { timeout: 60_000 }, (_, payload) => {
    expect(errorOf(uplink({ decoded_payload: payload })).code).toBe('limit_exceeded')
  })

  it('treats "__proto__" as any other name', () => {
    const text = JSON.stringify(uplink({ decoded_payload: 'NAMES' })).replace('"NAMES"', '{"__proto__":{"a":1}}')
    expect(read(text).rows[0]).toMatchObject({ __proto___a: 1 })
    const name = JSON.stringify(uplink({ decoded_payload: 'NAMES' })).replace('"NAMES"', '{"__proto__":1}')
    expect(errorOf(name).code).toBe('body_invalid')
  })

  it.each([
    ['a device without an id', { ...MESSAGE, end_device_ids: { dev_eui: '1' } }],
    ['a message without a device', { uplink_message: UPLINK }],
  ])('rejects %s as a row with nested values', (_case, body) => {
    expect(errorOf(body).code).toBe('body_invalid')
  })
})
