import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

/** The test vector of Help Lightning's documentation. */
const SECRET = 'topsecret'
const BODY = '{"category":"attachment_created","data":{"call_id":"call_1","attachment":{"id":7}}}'
const SIGNATURE = 'sha256=b4e7c9adb821f33ed31f7b4adbbd416aaafb55196f0bbb39704f71e1d5e4f1ab'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ HLSERVER_WEBHOOK_SECRET: SECRET })
})
afterAll(() => latchkey.stop())

const send = (signature: string | undefined, body: string = BODY) =>
  latchkey.call('/webhook/helplightning', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(signature !== undefined && { 'x-helplightning-signature': signature }),
    },
    body,
  })
async function events() {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: process.env['SESSIONS_TABLE'] ?? '' }))
  return Items.filter(({ id }) => String(id).startsWith('event#helplightning#'))
}

it.each([
  ['no signature', undefined, 'credentials_missing'],
  ['an empty signature', '', 'credentials_invalid'],
  ['a shorter signature', SIGNATURE.slice(0, -2), 'credentials_invalid'],
  ['a longer signature', `${SIGNATURE}00`, 'credentials_invalid'],
  ['the signature of another body', SIGNATURE.replace('b4', 'b5'), 'credentials_invalid'],
  ['a signature without its scheme', SIGNATURE.slice(7), 'credentials_invalid'],
  ['a signature of another scheme', SIGNATURE.replace('sha256', 'sha1'), 'credentials_invalid'],
  ['a signature that is not hexadecimal', `sha256=${'z'.repeat(64)}`, 'credentials_invalid'],
])('rejects an event with %s with 401 and does not store it', async (_case, signature, code) => {
  const answer = await send(signature)
  expect([answer.status, (await problemOf(answer)).code]).toEqual([401, code])
  expect(await events()).toEqual([])
})

it('stores a signed event once, encrypted, and returns 200 for each delivery', async () => {
  for (const answer of await Promise.all([
    send(SIGNATURE),
    send(SIGNATURE),
    send(SIGNATURE.toUpperCase().replace('SHA256', 'sha256')),
  ])) {
    expect([answer.status, await fieldsOf(answer)]).toEqual([200, { ok: true }])
  }
  const kept = await events()
  expect(kept).toMatchObject([{ provider: 'helplightning', deliveries: 3 }])
  expect(JSON.stringify(kept)).not.toContain('attachment')
})

it('verifies the signature over the bytes of the body', async () => {
  expect((await send(SIGNATURE, BODY.replace(':', ': '))).status).toBe(401)
})

it('stores events of unknown categories', async () => {
  process.env['HLSERVER_WEBHOOK_SECRET'] = latchkey.helpLightning.settings['HLSERVER_WEBHOOK_SECRET']
  await latchkey.anotherContainer()
  const url = `${latchkey.url}/webhook/helplightning`
  expect((await latchkey.helpLightning.deliver(url, { category: 'news', data: [] })).status).toBe(200)
  expect((await latchkey.helpLightning.deliver(url, { nothing: 'known' })).status).toBe(200)
  expect((await latchkey.helpLightning.deliver(url, { category: null })).status).toBe(200)
  expect((await latchkey.helpLightning.deliver(url, [1])).status).toBe(200)
  expect(await events()).toHaveLength(5)
})

it('rejects events if no secret is configured', async () => {
  process.env['HLSERVER_WEBHOOK_SECRET'] = ''
  await latchkey.anotherContainer()
  expect((await send(SIGNATURE)).status).toBe(501)
  expect((await send(undefined)).status).toBe(401)
})
