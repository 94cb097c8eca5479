import { describe, expect, it } from 'vitest'
import { parseBody } from '../../../lib/measurements/parse-body.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { thrownProblem } from '../../support/problems.ts'
import { CSV_BODY, FORM_BODY, JSON_BODY, MSGPACK_BODY } from '../../support/vectors.ts'

const parse = (type: string | undefined, body: string | Uint8Array) =>
  parseBody(type, typeof body === 'string' ? Buffer.from(body) : body, new Warnings())

const ROWS = '[{"time_utc":43,"co2":1223},{"time_utc":23,"co2":2351}]'
const LINES = '{"time_utc":43,"co2":1223}\n{"time_utc":23,"co2":2351}\n'
const TYPES =
  'application/json, application/x-ndjson, application/ndjson, application/jsonl, text/csv, application/csv, ' +
  'text/tab-separated-values, text/plain, application/x-www-form-urlencoded, application/msgpack, application/x-msgpack, application/vnd.msgpack'

describe('a body', () => {
  it.each([
    ['application/json', JSON_BODY],
    ['application/json', ROWS],
    ['application/x-ndjson', LINES],
    ['application/ndjson', LINES],
    ['application/jsonl', LINES],
    ['text/csv', CSV_BODY],
    ['application/csv', CSV_BODY],
    ['text/plain', CSV_BODY],
    ['text/tab-separated-values', CSV_BODY.replaceAll(',', '\t')],
    ['application/x-www-form-urlencoded', FORM_BODY],
    ['application/msgpack', MSGPACK_BODY],
    ['application/x-msgpack', MSGPACK_BODY],
    ['application/vnd.msgpack', MSGPACK_BODY],
    ['APPLICATION/JSON', JSON_BODY],
    ['application/json; charset=utf-8', JSON_BODY],
    ['application/json;charset="UTF-8"', JSON_BODY],
    ['text/csv ; header=present; charset=utf-8', CSV_BODY],
    ['application/msgpack; charset=binary', MSGPACK_BODY],
    ['  text/csv', CSV_BODY],
  ])('of type %s is parsed', (type, body) => {
    expect(parse(type, body)).toEqual([
      ['time_utc', [43, 23]],
      ['co2', [1223, 2351]],
    ])
  })

  it('is decoded in the charset of its type, in any letter case', () => {
    expect(parse('text/csv; Charset=ISO-8859-1', Buffer.from('610ab0430a', 'hex'))).toEqual([['a', ['°C']]])
  })

  it.each(['application/xml', 'application/octet-stream', 'json', 'application/json2', 'constructor', '__proto__'])(
    'of type %s is rejected with the supported types',
    (type) => {
      expect(thrownProblem(() => parse(type, '{}'))).toMatchObject({
        code: 'content_type_unsupported',
        message: `The Content-Type "${type}" is not supported. Send one of ${TYPES}.`,
        headers: { accept: TYPES },
      })
    },
  )

  it.each([undefined, '', ' ', ';charset=utf-8'])('without a type (%j) is rejected', (type) => {
    expect(thrownProblem(() => parse(type, '{}'))).toMatchObject({
      code: 'content_type_unsupported',
      message: `The Content-Type header is missing. Send one of ${TYPES}.`,
    })
  })

  it.each([
    'application/json',
    'application/x-ndjson',
    'text/csv',
    'application/x-www-form-urlencoded',
    'application/msgpack',
  ])('of type %s is rejected if it is empty', (type) => {
    expect(thrownProblem(() => parse(type, ''))).toMatchObject({ code: 'body_invalid', message: 'The body is empty.' })
  })

  it('of an unknown charset is rejected', () => {
    expect(thrownProblem(() => parse('text/csv; charset=klingon', 'a\n1\n')).code).toBe('content_type_unsupported')
  })
})
