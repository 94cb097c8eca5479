// @module-tag local-only
// It tests how uploads are read, which does not depend on AWS.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'

/** Query parameters of an upload. */
let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download' })).client_id
  token = await latchkey.token(clientId)
})

const upload = (query: string, body: unknown, headers: Record<string, string> = {}) =>
  latchkey.call(`/upload?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

describe('box', () => {
  it('is the box of rows that name none, in every format', async () => {
    const body = { time: [1_706_792_400, 1_706_792_460, 1_706_792_520], Box: ['shed', '', null], co2: [1, 2, 3] }
    expect((await upload('box=garden', body)).status).toBe(200)
    expect((await upload('box=007', 'time,co2\n1706792580,4\n', { 'content-type': 'text/csv' })).status).toBe(200)
    expect(
      (await latchkey.rows(clientId, { cols: 'box,co2' })).toSorted(
        (one, other) => Number(one['co2']) - Number(other['co2']),
      ),
    ).toEqual([
      { box: 'shed', co2: 1 },
      { box: 'garden', co2: 2 },
      { box: 'garden', co2: 3 },
      { box: '007', co2: 4 },
    ])
  })

  it('must not be empty', async () => {
    const answer = await upload('box=', { co2: [1] })
    expect([answer.status, await faultyFields(answer)]).toEqual([400, ['box']])
  })
})

describe('dry_run', () => {
  it('describes rows, columns, sources and times, and stores nothing', async () => {
    latchkey.database.commands.length = 0
    const body = {
      time: [1_706_792_401, 1_706_792_400, 1_706_792_460],
      'CO2 (ppm)': [1, null, 2.5],
      note: ['a', 1, null],
      ok: [true, false, null],
      none: [null, null, null],
      box: ['a', 'b', 'a'],
    }
    expect(await fieldsOf(await upload('dry_run=true', body))).toEqual({
      'saved-in-db': 0,
      warnings: ['column "CO2 (ppm)" is stored as "co2 ppm"'],
      dry_run: {
        rows: 3,
        columns: [
          { name: 'time', type: 'number', nulls: 0 },
          { name: 'co2 ppm', type: 'number', nulls: 1 },
          { name: 'note', type: 'mixed', nulls: 1 },
          { name: 'ok', type: 'boolean', nulls: 1 },
          { name: 'none', type: 'empty', nulls: 3 },
          { name: 'box', type: 'text', nulls: 0 },
        ],
        time_column: 'time',
        sources: ['a', 'b'],
        first: '2024-02-01T13:00:00.000Z',
        last: '2024-02-01T13:01:00.000Z',
      },
    })
    expect(latchkey.database.commands.filter((command) => /Put|Update|Write/.test(command))).toEqual([])
    expect(await latchkey.rows(clientId)).toEqual([])
  })

  it('rejects what an upload rejects, and needs the same credentials', async () => {
    expect((await upload('dry_run=true', '{"a":[1')).status).toBe(400)
    const withoutToken = await latchkey.call('/upload?dry_run=true', { method: 'POST', body: '{"a":[1]}' })
    expect(withoutToken.status).toBe(401)
  })

  it('leaves an Idempotency-Key unused', async () => {
    const key = { 'idempotency-key': 'k-1' }
    expect((await upload('dry_run=true', { a: [1] }, key)).status).toBe(200)
    expect((await upload('', { a: [2] }, key)).status).toBe(200)
    expect((await latchkey.rows(clientId, { cols: 'a' })).map(({ a }) => a)).toEqual([2])
  })
})

describe('strict', () => {
  it('rejects an upload with warnings, lists them, and stores nothing', async () => {
    const answer = await upload('strict=true', '{"time":[1706792400,"soon"],"co2!":[NaN,2]}')
    expect(answer.status).toBe(400)
    expect(await problemOf(answer)).toMatchObject({
      code: 'body_invalid',
      detail: 'The upload has warnings, and strict=true allows none. Correct the data, or omit strict.',
      errors: [
        { detail: 'column "co2!" is stored as "co2"' },
        { detail: 'column "co2", 1 value (row 1): NaN or infinite, stored as null' },
        { detail: expect.stringContaining('column "time", 1 value (row 2): not readable as a time') },
      ],
    })
    expect(await latchkey.rows(clientId)).toEqual([])
  })

  it('accepts an upload without warnings', async () => {
    expect(await fieldsOf(await upload('strict=true', { time: [1_706_792_400], a: [1] }))).toEqual({ 'saved-in-db': 1 })
  })
})

it.each([
  ['precision=ns', 'precision'],
  ['dry_run=yes', 'dry_run'],
  ['strict=1', 'strict'],
  ['strict=true&strict=false', 'strict'],
  ['Delimiter=%3B', 'Delimiter'],
])('an upload with %s is rejected and names the parameter', async (query, field) => {
  const answer = await upload(query, { a: [1] })
  expect(answer.status).toBe(400)
  expect(await faultyFields(answer)).toEqual([field])
  expect(await latchkey.rows(clientId)).toEqual([])
})
