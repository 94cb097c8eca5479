import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../../lib/core/problem.ts'
import { toBlocks } from '../../../lib/measurements/blocks.ts'
import { parseBody } from '../../../lib/measurements/parse-body.ts'
import { toTable } from '../../../lib/measurements/table.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { runs } from '../../support/property.ts'
import { CSV_BODY, FORM_BODY, JSON_BODY, MSGPACK_BODY } from '../../support/vectors.ts'

const CONTEXT = { timeColumns: ['time', 'time_utc'], participant: undefined, receivedAt: 0, uploadId: 'key 1' }

/** Parses a body and creates its blocks. A rejection must point into the body; any other error is rethrown. */
function digest(type: string, bytes: Uint8Array): void {
  const warnings = new Warnings()
  try {
    const table = toTable(parseBody(type, bytes, warnings), /.*/, warnings)
    for (const cells of table.columns.values()) expect(cells).toHaveLength(table.rows)
    const blocks = toBlocks(table, CONTEXT, warnings)
    expect(blocks.reduce((sum, { rows }) => sum + rows, 0)).toBe(table.rows)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    expect(['body_invalid', 'limit_exceeded', 'content_type_unsupported']).toContain(error.code)
    expect(error.message).toMatch(/^[A-Z].*\.$/s)
    for (const { line, column, row, byte } of error.issues) {
      for (const place of [line, column, row]) expect(place ?? 1).toBeGreaterThanOrEqual(1)
      expect(byte ?? 0).toBeGreaterThanOrEqual(0)
      // Positions are in bytes of the text in UTF-8, which may be more than in another charset.
      if (!type.includes('charset')) expect(byte ?? 0).toBeLessThanOrEqual(bytes.length)
    }
  }
}

const FORMATS: [type: string, valid: string | Uint8Array, words: string[]][] = [
  [
    'application/json',
    JSON_BODY,
    ['NaN', '-Infinity', '1e400', '"', '\\', '[', '{', '}', ']', ',', ':', '9'.repeat(17)],
  ],
  [
    'application/json',
    '[{"time":"2020-05-03T12:00:00Z","co2":NaN,"box":"a\\u00e9"},{"time":1e9,"co2":9007199254740993}]',
    ['NaN', '"', '\\u', '[', '{', ',', ':', 'Infinity', '.', '-', '\u2028', '\ufeff'],
  ],
  [
    'application/json',
    '{"esp8266id":"12","sensordatavalues":[{"value_type":"SDS_P1","value":"3.20"},{"value_type":"a","value":"nan"}]}',
    ['"', '{', '}', '[', ']', ',', ':', 'null', '"value_type":', '"box":1,', '1e400'],
  ],
  [
    'application/json',
    '{"metrics":[{"name":"a","fields":{"b":1,"time":2},"tags":{"host":"c"},"timestamp":1458229140123456789}]}',
    ['"', '{', '}', '[', ']', ',', ':', 'null', '"b":1,', '"tags":{},', '9'.repeat(17)],
  ],
  [
    'application/json',
    '{"end_device_ids":{"device_id":"a"},"uplink_message":{"decoded_payload":{"b":[1,{"c":2}]},"rx_metadata":[{"rssi":-3}],"received_at":"2020-02-12T15:15:45.787Z"}}',
    ['"', '{', '}', '[', ']', ',', ':', 'null', '"b_0":1,', '"decoded_payload":', '-', '\\ud800'],
  ],
  ['application/x-ndjson', '{"time":1,"co2":NaN}\r\n{"time":2,"box":"a"}\n', ['\n', '\r', '{', '}', '"', 'NaN', ' ']],
  ['text/csv', CSV_BODY, ['"', ',', '\r', '\n', '\r\n', '\ufeff', 'nan', '""', '1e400']],
  ['text/csv', 'time,"a,""b"\r\n1,"x\r\ny"\r\n', ['"', ',', '\r', '\n']],
  ['application/x-www-form-urlencoded', FORM_BODY, ['%', '&', '=', '+', '%C3', '%C3%A9', '%zz']],
  ['application/msgpack', MSGPACK_BODY, ['\u0080', '\u0000']],
  ['application/json; charset=latin1', JSON_BODY, ['é', '"']],
  ['text/csv; charset=utf-16le', Buffer.from(CSV_BODY, 'utf16le'), ['\u0000', '"']],
]

/** A valid body with some of its bytes deleted and others inserted. */
const mutated = (valid: string | Uint8Array, words: string[]): fc.Arbitrary<Uint8Array> => {
  const body = Buffer.from(valid)
  const inserted = fc.oneof(
    fc.constantFrom(...words).map((word) => Buffer.from(word)),
    fc.uint8Array({ maxLength: 3 }),
    fc
      .constantFrom(0x81, 0x91, 0xa1, 0xc0, 0xc1, 0xc4, 0xc7, 0xca, 0xcf, 0xd6, 0xd9, 0xdc, 0xdf)
      .map((byte) => Buffer.of(byte)),
  )
  const change = fc.record({ at: fc.nat(body.length), removed: fc.nat(3), inserted })
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) =>
      changes.reduce<Uint8Array>(
        (bytes, { at, removed, inserted: added }) =>
          Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]),
        body,
      ),
    )
}

describe('every body is parsed or rejected', () => {
  it.each([...new Set(FORMATS.map(([type]) => type))])('of any bytes, as %s', (type) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => digest(type, bytes)),
      { numRuns: runs(500) },
    )
  })

  it.each([...new Set(FORMATS.map(([type]) => type))])('of any text, as %s', (type) => {
    const words = FORMATS.flatMap(([, , each]) => each)
    const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 3 })))
    fc.assert(
      fc.property(text, (parts) => digest(type, Buffer.from(parts.join('')))),
      { numRuns: runs(500) },
    )
  })

  it.each(FORMATS)('almost valid, as %s: %s', (type, valid, words) => {
    fc.assert(
      fc.property(mutated(valid, words), (bytes) => digest(type, bytes)),
      { numRuns: runs(1_000) },
    )
  })
})
