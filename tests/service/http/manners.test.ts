import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessionOf } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, fieldsOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ OPEN_ENDPOINTS: 'start,onboarding-url,onboarding-status,auth,access-token' })
})
afterAll(() => latchkey.stop())

/** Headers that differ between two responses to the same request. */
const VOLATILE = ['apigw-requestid', 'date', 'content-length', 'transfer-encoding', 'connection', 'keep-alive']
const headersOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => !VOLATILE.includes(name)))

describe('HEAD', () => {
  it.each([
    ...['/', '/uploadhelp', '/docs', '/openapi.json', '/assets/docs.js', '/assets/missing.js', '/health', '/health/'],
    ...['/.well-known/jwks.json', '/.well-known/oauth-authorization-server'],
  ])('%s has the status and the headers of GET, without a body', async (path) => {
    const headers = { accept: 'text/html' }
    const [head, get] = [await latchkey.call(path, { method: 'HEAD', headers }), await latchkey.call(path, { headers })]
    expect([head.status, headersOf(head), await head.text()]).toEqual([get.status, headersOf(get), ''])
  })

  it('issues no token', async () => {
    const { client_id } = await latchkey.register()
    expect((await latchkey.call(`/token?client_id=${client_id}`, { method: 'HEAD' })).status).toBe(404)
  })
})

describe('the parameter _', () => {
  it('is ignored by GET requests of the endpoints that other servers had', async () => {
    const { client_id } = await latchkey.register()
    await latchkey.upload(await latchkey.token(client_id), '{"a":[1]}')
    const { interviewId, uniqueId } = await sessionOf(await latchkey.call('/start'))
    await latchkey.helpLightning.addUser('ann@corp.example')
    const paths = [
      ...[`/register?token=${latchkey.adminToken}&callback_url=https://a.example/`, `/token?client_id=${client_id}`],
      ...['/start?', '/onboarding-url?', `/onboarding-status?interviewId=${interviewId}&uniqueId=${uniqueId}`],
      ...['/auth?email=ann@corp.example', '/access-token?'],
    ]
    const statuses = await Promise.all(
      paths.map(async (path) => {
        const { status } = await latchkey.call(`${path}&_=1700000000000&_=2`, {
          headers: { accept: 'application/json' },
        })
        return [path, status]
      }),
    )
    expect(statuses).toEqual(paths.map((path) => [path, 200]))
    expect((await latchkey.asAdmin(`/download?client_id=${client_id}&_=1`)).status).toBe(200)
    expect((await latchkey.asAdmin(`/download?client_id=${client_id}&_=1`, { method: 'HEAD' })).status).toBe(200)
  })

  it('is unknown in other requests, and other names are unknown in GET', async () => {
    const answer = await latchkey.call('/start?_=1', { method: 'POST' })
    expect([answer.status, await faultyFields(answer)]).toEqual([400, ['_']])
    expect(await faultyFields(await latchkey.asAdmin('/register?callback_url=https://a.example/&__=1'))).toEqual(['__'])
  })
})

describe('extra blanks', () => {
  it('around scopes are ignored', async () => {
    const { client_id, client_secret = '' } = await latchkey.register({
      kind: 'confidential',
      scope: ' upload  download ',
    })
    const headers = {
      authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
    }
    const body = 'grant_type=client_credentials&scope=+download++upload+'
    expect(await fieldsOf(await latchkey.call('/token', { method: 'POST', headers, body }))).toMatchObject({
      scope: 'download upload',
    })
  })

  it('after an e-mail address are ignored', async () => {
    await latchkey.helpLightning.addUser('bob@corp.example')
    const ann = await fieldsOf(await latchkey.call('/auth?email=ann%40corp.example%20'))
    expect(ann).toEqual({ token: expect.any(String) })
    const headers = { authorization: String(ann['token']) }
    const body = JSON.stringify({ contact_email: 'bob@corp.example  ' })
    expect((await latchkey.call('/session', { method: 'POST', headers, body })).status).toBe(200)
    for (const email of ['%20ann@corp.example', 'ann@corp.example%0A', 'ann@corp. example', '%20']) {
      expect((await latchkey.call(`/auth?email=${email}`)).status).toBe(400)
    }
  })
})

it.each(['/introspect', '/revoke', '/token'])('POST %s reports a missing client id', async (path) => {
  const body = new URLSearchParams({ grant_type: 'client_credentials', token: 'x' })
  const answer = await latchkey.call(path, { method: 'POST', body })
  expect([answer.status, await fieldsOf(answer)]).toEqual([
    401,
    {
      error: 'invalid_client',
      error_description: 'client_id is missing: send it in the form, or send id and secret as Authorization: Basic.',
    },
  ])
})
