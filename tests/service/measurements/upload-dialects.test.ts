// @module-tag local-only
// Files of loggers test the parser, and the emulator damages bodies that are not UTF-8.
import { encode } from '@msgpack/msgpack'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { type Body, fieldsOf, problemOf } from '../../support/responses.ts'

/** Dialects and values of uploads, from the request to the rows that a download returns. */
let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey({ TEXT_COLUMNS: 'id' })
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download' })).client_id
  token = await latchkey.token(clientId)
})

const upload = (body: Body, type = 'text/csv', query = '') =>
  latchkey.call(`/upload?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body,
  })
const rows = (...cols: string[]) => latchkey.rows(clientId, { cols: cols.join(',') })

const ROWS = [
  { time: 1706792400, temp: 21.5 },
  { time: 1706792401, temp: 22.5 },
]

describe('CSV', () => {
  it.each([
    ['semicolons and decimal commas', 'time;temp\n1706792400;21,5\n1706792401;22,5\n', 'text/csv', ''],
    ['tabs', 'time\ttemp\n1706792400\t21.5\n1706792401\t22.5\n', 'text/tab-separated-values', ''],
    ['pipes', 'time|temp\n1706792400|21.5\n1706792401|22.5\n', 'text/plain', 'delimiter=pipe'],
    ['a semicolon in the query', 'time;temp\n1706792400;21.5\n1706792401;22.5\n', 'text/csv', 'delimiter=%3B'],
    ['no names', '1706792400,21.5\n1706792401,22.5\n', 'text/csv', 'header=absent&columns=time,temp'],
    ['a title', 'Station 7\ntime,temp\n1706792400,21.5\n1706792401,22.5\n', 'text/csv', 'skip=1'],
    ['a comment', '# Station 7\ntime,temp\n1706792400,21.5\n,\n1706792401,22.5\n', 'application/csv', ''],
  ])('with %s is stored without warnings', async (_, body, type, query) => {
    expect(await fieldsOf(await upload(body, type, query))).toEqual({ 'saved-in-db': 2 })
    expect(await rows('time', 'temp')).toEqual(ROWS)
  })

  it('with an index and trailing separators is stored with warnings', async () => {
    const answer = await fieldsOf(await upload(',time,temp\n0,1706792400,21.5,\n1,1706792401,22.5,\n'))
    expect(answer).toEqual({
      'saved-in-db': 2,
      warnings: [
        'skipped empty cells beyond the last column in 2 lines',
        'column 1 has no name and contains row numbers: it was not stored',
      ],
    })
    expect(await rows('time', 'temp')).toEqual(ROWS)
  })

  it('with units shows them in a dry run', async () => {
    const body = '"TOA5","St","CR1000"\n"TIMESTAMP","batt"\n"TS","Volts"\n"","Min"\n"2004-11-11 15:03:45",13.7\n'
    expect(await fieldsOf(await upload(body, 'text/csv', 'dry_run=true'))).toMatchObject({
      dry_run: {
        rows: 1,
        columns: [
          { name: 'timestamp', type: 'text', unit: 'TS' },
          { name: 'batt', type: 'number', unit: 'Volts' },
        ],
        first: '2004-11-11T15:03:45.000Z',
      },
    })
  })

  it.each([
    ['without names', '1706792400,21.5\n', 'text/csv', '', 'Send header=absent&columns=time,temp'],
    ['with the type of a form', 'time,temp1706792400,21.5', 'application/x-www-form-urlencoded', '', 'looks like CSV'],
    ['with decimal commas', 'time,temp\n1706792400,21,5\n', 'text/csv', '', 'decimal commas?'],
    ['in UTF-16', Buffer.from('time;temp\n1;2\n', 'utf16le'), 'text/csv', '', 'charset=utf-16le'],
    ['in Windows-1252', Buffer.from('time;°C\n1;2\n', 'latin1'), 'text/csv', '', 'charset=windows-1252'],
  ])('%s is rejected with the cure', async (_, body, type, query, cure) => {
    const problem = await problemOf(await upload(body, type, query))
    expect(problem).toMatchObject({ status: 400, code: 'body_invalid', detail: expect.stringContaining(cure) })
    expect(await latchkey.rows(clientId)).toEqual([])
  })

  it.each(['delimiter=x', 'decimal=dot', 'header=no', 'columns=a,,b', 'skip=-1', 'header=absent', 'columns=a'])(
    'with the parameter %s is rejected',
    async (query) => {
      expect(await problemOf(await upload('1,2\n', 'text/csv', query))).toMatchObject({
        status: 400,
        code: 'parameter_invalid',
      })
    },
  )
})

describe('values', () => {
  it.each([
    ['text/csv', 'time,box,id,a\n1706792400,007,1E5,1\n1706792401,007,0100000,NA\n'],
    ['application/json', '{"time":[1706792400,1706792401],"box":"007","id":["1E5","0100000"],"a":[1,"NA"]}'],
    ['application/json', '{"time":[1706792400,1706792401],"box":"007","id":["1E5","0100000"],"a":[1,nan]}'],
    [
      'application/msgpack',
      Buffer.concat([
        encode({ time: 1706792400, box: '007', id: '1E5', a: 1 }),
        encode({ time: 1706792401, box: '007', id: '0100000', a: '-' }),
      ]),
    ],
  ])('of ids and missing readings are the same in every format: %s', async (type, body) => {
    const answer = await fieldsOf(await upload(body, type))
    expect([answer['saved-in-db'], answer['warnings']]).toEqual([2, [expect.stringContaining('stored as null')]])
    expect(await rows('time', 'box', 'id', 'a')).toEqual([
      { time: 1706792400, box: '007', id: '1E5', a: 1 },
      { time: 1706792401, box: '007', id: '0100000', a: null },
    ])
  })

  it('of the JSON number 7 and the CSV text 7 are the same box', async () => {
    await upload('{"time":[1706792400],"box":[7],"a":[1]}', 'application/json')
    await upload('time,box,a\n1706792400,7,1\n')
    expect(await rows('box', 'a')).toEqual([{ box: '7', a: 1 }])
  })
})
