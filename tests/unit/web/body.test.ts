import { decode } from '@msgpack/msgpack'
import { describe, expect, it } from 'vitest'
import { FORMATS } from '../../../web/uploadhelp/body.ts'

const bodyOf = (format: string, json: string) => {
  const toBody = FORMATS[format]
  if (!toBody) throw new Error(`there is no format ${format}`)
  return toBody(json)
}

const COLUMNS = '{"time":[1,2],"note":["a,b","say \\"hi\\"\\n"],"ok":[true,null]}'
const ROWS = '[{"time":1,"note":"a,b","ok":true},{"time":2,"note":"say \\"hi\\"\\n"}]'

describe('the body of an upload', () => {
  it('as JSON is the typed text, trimmed', () => {
    const body = bodyOf('JSON', ' { "time": [1.50] }\n')
    expect(body).toMatchObject({ contentType: 'application/json', text: '{ "time": [1.50] }' })
    expect(new TextDecoder().decode(body.bytes)).toBe('{ "time": [1.50] }')
  })

  it.each([COLUMNS, ROWS])('as CSV contains the same rows: %s', (json) => {
    const csv = 'time,note,ok\n1,"a,b",true\n2,"say ""hi""\n",\n'
    expect(bodyOf('CSV', json)).toMatchObject({ contentType: 'text/csv', text: csv })
  })

  it('as CSV pads short columns, and distinguishes an empty text from null', () => {
    expect(bodyOf('CSV', '{"a":[1,2],"b":[""]}').text).toBe('a,b\n1,""\n2,\n')
  })

  it.each([COLUMNS, ROWS])('as a form contains the same rows: %s', (json) => {
    const { contentType, text } = bodyOf('Form', json)
    expect(contentType).toBe('application/x-www-form-urlencoded')
    expect([...new URLSearchParams(text ?? '')]).toEqual([
      ['time', '1'],
      ['time', '2'],
      ['note', 'a,b'],
      ['note', 'say "hi"\n'],
      ['ok', 'true'],
      ['ok', ''],
    ])
  })

  it('as MessagePack is bytes of the same columns', () => {
    const { contentType, text, bytes } = bodyOf('MessagePack', ROWS)
    expect([contentType, text]).toEqual(['application/msgpack', null])
    expect(decode(bytes)).toEqual({ time: [1, 2], note: ['a,b', 'say "hi"\n'], ok: [true, null] })
  })

  it.each(Object.keys(FORMATS))('of one row is a row: %s', (format) => {
    const { bytes } = bodyOf(format, '{"co2":612}')
    expect(bytes.length).toBeGreaterThan(0)
  })

  it.each([
    ['{"time":', 'The data is not JSON: '],
    ['', 'The data is not JSON: '],
    ['3', 'The data is not a table: '],
    ['[]', 'The data is not a table: it contains no row.'],
    ['[3]', 'The data is not a table: '],
    ['null', 'The data is not a table: '],
    ['{"time":[1],"co2":3}', 'The data is not a table: a value must be a number, a text, true, false or null.'],
    ['{"time":[[1]]}', 'The data is not a table: a value must be a number, a text, true, false or null.'],
    ['{"time":{"a":1}}', 'The data is not a table: a value must be a number, a text, true, false or null.'],
  ])('that is not a table is rejected with the reason: %s', (json, sentence) => {
    for (const format of Object.keys(FORMATS)) expect(() => bodyOf(format, json)).toThrow(sentence)
  })
})
