// @module-tag local-only
// It writes thousands of items, which tests the list, not the deployment.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { nextOf } from '../../support/responses.ts'
import { accepted, formOf, MULTIPART, multipart, part, submit } from '../../support/submissions.ts'

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

/** Submits a document that is one number; returns the id. */
const send = async (value: number, as = token) =>
  (await accepted(await submit(latchkey, formOf({ auth_token: as, responses: `${value}` })))).id
const call = (path: string, as = token, method = 'GET') =>
  latchkey.call(path, { method, headers: { authorization: `Bearer ${as}` } })
const list = z.object({ submissions: z.array(z.object({ id: z.string() })) })
const idsOf = async (answer: Response) => {
  expect(answer.status).toBe(200)
  return list.parse(await answer.json()).submissions.map(({ id }) => id)
}
/** The ids on each page. */
const follow = async (path: string, as = token) => {
  const pages: string[][] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer: Response = await call(next, as)
    next = nextOf(answer)
    pages.push(await idsOf(answer))
  }
  return pages
}

describe('GET /submissions', () => {
  it('ends a page after reading 1,000 entries', async () => {
    const last = await send(0)
    const [client, table] = [new DynamoDBClient({ endpoint: latchkey.database.endpoint }), 'SUBMISSIONS_TABLE']
    const items = Array.from({ length: 1_005 }, (_, value) => {
      const [id, received_at] = [value.toString(16).padStart(32, '0'), new Date(Date.now() + value + 1).toISOString()]
      const manifest = { id, client_id: clientId, received_at, files: [], attempt: 'seeded', chunks: 0 }
      const keys = {
        submission: id,
        piece: 'manifest',
        list_key: `client#${clientId}`,
        list_order: `${received_at}#${id}`,
      }
      return { PutRequest: { Item: { ...manifest, ...keys, participant_id: value === 0 ? 'one' : 'many' } } }
    })
    while (items.length > 0) {
      const RequestItems = { [process.env[table] ?? '']: items.splice(0, 25) }
      await DynamoDBDocumentClient.from(client).send(new BatchWriteCommand({ RequestItems }))
    }
    client.destroy()
    const shape = async (query: string) => (await follow(`/submissions?${query}`)).map((page) => page.length)
    expect(await shape('participant_id=one')).toEqual([0, 1])
    expect(await shape('participant_id=many&number=600')).toEqual([600, 404])
    expect(await shape('number=1000')).toEqual([1_000, 6])
    const all = (await follow('/submissions?number=77')).flat()
    expect(new Set(all).size).toBe(1_006)
    expect(all.at(-1)).toBe(last)
  })

  it('limits pages to the response size of Lambda, with the longest names', async () => {
    const files = Array.from({ length: 100 }, (_, n) =>
      part(
        `name="file"; filename="${'\u8a9e'.repeat(250)}${n}"`,
        'x',
        `Content-Type: text/${'"x".'.replaceAll('"', '')}${'x'.repeat(240)}`,
      ),
    )
    const ids: string[] = []
    for (let value = 0; value < 60; value += 1) {
      const parts = [part('name="auth_token"', token), part('name="responses"', `${value}`), ...files]
      ids.unshift((await accepted(await submit(latchkey, multipart(parts), MULTIPART))).id)
    }
    const first = await call('/submissions?number=1000')
    expect(Buffer.byteLength(JSON.stringify(await first.text()))).toBeLessThan(6_000_000)
    expect((await follow('/submissions?number=1000')).flat()).toEqual(ids)
  })
})
