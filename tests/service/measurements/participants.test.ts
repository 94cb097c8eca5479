import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { everyRow, problemOf } from '../../support/responses.ts'

/** Tokens of one client, with and without a participant. */
let latchkey: Latchkey
let clientId: string
let ofClient: string
let ofAda: string
let ofBob: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download' })).client_id
  const tokens = [{}, { participant_id: 'Ada' }, { participant_id: 'Bob' }].map((parameters) =>
    latchkey.token(clientId, parameters),
  )
  ;[ofClient = '', ofAda = '', ofBob = ''] = await Promise.all(tokens)
})

const get = (path: string, token: string) => latchkey.call(path, { headers: { authorization: `Bearer ${token}` } })
const upload = async (token: string, row: Record<string, unknown>, key?: string) => {
  const headers = key === undefined ? {} : { 'idempotency-key': key }
  const answer = await latchkey.upload(token, JSON.stringify(row), 'application/json', headers)
  expect(answer.status).toBe(200)
}
/** The values of the column `of` on all pages. */
const read = async (token: string, query: Record<string, string> = {}) =>
  (
    await everyRow(
      (path) => get(path, token),
      `/download?${new URLSearchParams({ format: 'json', cols: 'of', ...query })}`,
    )
  ).map((row) => row['of'])
const listed = z.object({
  series: z.array(z.looseObject({ source: z.string(), participant_id: z.string().optional() })),
})
const series = async (token: string, query = '') =>
  listed.parse(await (await get(`/series${query}`, token)).json()).series

/** Each token uploads a row without a box, one to a common box, and one to a box with the name of another participant. */
async function uploadRows() {
  for (const [token, name, other] of [
    [ofAda, 'Ada', 'Bob'],
    [ofBob, 'Bob', 'Ada'],
    [ofClient, 'client', 'Ada'],
  ] as const) {
    await upload(token, { time: 1, of: `${name} none` })
    await upload(token, { time: 2, of: `${name} garden`, box: 'garden' })
    await upload(token, { time: 3, of: `${name} ${other}`, box: other })
  }
}

describe('a token of a participant', () => {
  beforeEach(uploadRows)

  it('reads all rows of the participant, and no others', async () => {
    const rows = ['Ada none', 'Ada Bob', 'Ada garden']
    expect(await read(ofAda)).toEqual(rows)
    expect(await read(ofAda, { number: '1' })).toEqual(rows)
    expect(await read(ofAda, { participant_id: 'Ada', order_by: 'of,desc', number: '1' })).toEqual([
      'Ada none',
      'Ada garden',
      'Ada Bob',
    ])
    expect(await read(ofBob)).toEqual(['Bob Ada', 'Bob none', 'Bob garden'])
  })

  it('reads only its own series under the name of a source', async () => {
    expect(await read(ofAda, { source: 'Ada' })).toEqual(['Ada none'])
    expect(await read(ofAda, { source: 'garden' })).toEqual(['Ada garden'])
    // This is Ada's box with the name of Bob.
    expect(await read(ofAda, { source: 'Bob' })).toEqual(['Ada Bob'])
    expect(await read(ofAda, { source: 'default' })).toEqual([])
  })

  it('lists only its own series and columns', async () => {
    await upload(ofBob, { time: 9, secret_of_bob: 1 })
    const columns = ['box', 'of', 'time']
    expect(await series(ofAda)).toEqual([
      { source: 'Ada', participant_id: 'Ada', columns: ['of', 'time'] },
      { source: 'Bob', participant_id: 'Ada', columns },
      { source: 'garden', participant_id: 'Ada', columns },
    ])
    expect(await series(ofAda, '?source=garden')).toMatchObject([
      { source: 'garden', participant_id: 'Ada', first: '1970-01-01T00:00:02.000Z' },
    ])
    const csv = await get('/download?format=csv', ofAda)
    expect(await csv.text()).not.toContain('secret_of_bob')
  })

  it.each(['/download?format=json&participant_id=Bob', '/series?participant_id=Bob'])(
    'gets 403 for the participant of another token at %s',
    async (path) => {
      const answer = await get(path, ofAda)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([403, 'not_allowed'])
    },
  )

  it('reaches no other participant with the cursor of another token', async () => {
    const cursorOf = async (token: string, order: Record<string, string>) => {
      const query = new URLSearchParams({ format: 'json', cols: 'of', number: '1', ...order })
      const link = (await get(`/download?${query}`, token)).headers.get('link')
      return new URLSearchParams(/\?([^>]+)>/.exec(link ?? '')?.[1]).get('cursor') ?? ''
    }
    for (const token of [ofBob, ofClient]) {
      expect((await read(ofAda, { cursor: await cursorOf(token, {}) })).filter((of) => !/^Ada/.test(`${of}`))).toEqual(
        [],
      )
      const cursor = await cursorOf(token, { order_by: 'of,desc' })
      const answer = await get(
        `/download?${new URLSearchParams({ format: 'json', order_by: 'of,desc', cursor })}`,
        ofAda,
      )
      expect(answer.status).toBe(400)
    }
  })
})

describe('a token without a participant', () => {
  beforeEach(uploadRows)

  it('reads the rows of the client, then those of its participants', async () => {
    const rows = await read(ofClient)
    expect(rows.slice(0, 3)).toEqual(['client Ada', 'client none', 'client garden'])
    expect(rows.slice(3).toSorted()).toEqual(['Ada Bob', 'Ada garden', 'Ada none', 'Bob Ada', 'Bob garden', 'Bob none'])
    expect(await read(ofClient, { number: '1' })).toEqual(rows)
    const ordered = await read(ofClient, { order_by: 'of,desc', number: '2' })
    expect(ordered).toEqual(rows.toSorted().toReversed())
  })

  it('selects the rows of one participant with participant_id', async () => {
    expect(await read(ofClient, { participant_id: 'Bob' })).toEqual(['Bob Ada', 'Bob none', 'Bob garden'])
    expect(await read(ofClient, { participant_id: 'Bob', source: 'garden' })).toEqual(['Bob garden'])
    expect(await read(ofClient, { participant_id: 'Cleo' })).toEqual([])
    expect(await series(ofClient, '?participant_id=Bob&source=garden')).toMatchObject([{ participant_id: 'Bob' }])
    const asAdmin = await latchkey.rows(clientId, { participant_id: 'Bob', source: 'garden', cols: 'of' })
    expect(asAdmin).toEqual([{ of: 'Bob garden' }])
  })

  it('reads the box of the client, and the rows without a box of the participant with that name', async () => {
    expect(await read(ofClient, { source: 'garden' })).toEqual(['client garden'])
    expect(await read(ofClient, { source: 'Ada' })).toEqual(['client Ada', 'Ada none'])
    expect(await read(ofClient, { source: 'Ada', number: '1' })).toEqual(['client Ada', 'Ada none'])
  })

  it('lists all series', async () => {
    const names = (await series(ofClient)).map(({ participant_id, source }) => [participant_id, source])
    expect(names.slice(0, 3)).toEqual(['Ada', 'default', 'garden'].map((source) => [undefined, source]))
    expect(names.slice(3).toSorted()).toEqual(
      ['Ada', 'Bob'].flatMap((participant) => ['Ada', 'Bob', 'garden'].map((source) => [participant, source])),
    )
  })
})

it('the same Idempotency-Key of two participants names two uploads', async () => {
  for (const [token, name] of [
    [ofAda, 'Ada'],
    [ofBob, 'Bob'],
    [ofClient, 'client'],
  ] as const) {
    await upload(token, { of: name }, 'tx-1')
    await upload(token, { of: name }, 'tx-1')
  }
  expect((await read(ofClient)).toSorted()).toEqual(['Ada', 'Bob', 'client'])
})

it('names of participants with special characters do not collide', async () => {
  const names = ['a', 'a#b', 'a@b', 'a b#', '#', 'ä', '\u{1f600}', 'x'.repeat(256)]
  const boxes = ['b', '#b', 'b#', 'a#b']
  for (const name of names) {
    const token = await latchkey.token(clientId, { participant_id: name })
    for (const box of boxes) await upload(token, { time: 1, of: `${name}|${box}`, box })
    expect(await read(token)).toEqual(boxes.toSorted().map((box) => `${name}|${box}`))
  }
  expect(await read(ofClient)).toHaveLength(names.length * boxes.length)
})
