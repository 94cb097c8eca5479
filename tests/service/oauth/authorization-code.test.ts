import { hash, randomBytes } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { clock } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { faultyFields, fieldsOf } from '../../support/responses.ts'

let latchkey: Latchkey
let clientId: string
const APP = 'com.example.app:/cb'
beforeAll(async () => {
  latchkey = await startLatchkey()
  clientId = (
    await latchkey.register({ callback_url: 'https://app.example/', callback_urls: [APP], scope: 'upload start' })
  ).client_id
})
afterAll(() => latchkey.stop())
afterEach(() => {
  latchkey.database.plan = () => undefined
  vi.useRealTimers()
})

type Parameters = Record<string, string>
const newVerifier = () => randomBytes(32).toString('base64url')
const challenged = (verifier: string): Parameters => ({
  code_challenge: hash('sha256', verifier, 'base64url'),
  code_challenge_method: 'S256',
})
const ask = (parameters: Parameters, headers: Record<string, string> = {}) =>
  latchkey.call(`/token?${new URLSearchParams({ client_id: clientId, ...parameters })}`, { headers })
const locationOf = (answer: Response) => new URL(answer.headers.get('location') ?? '')

/** A code, and the form that redeems it. */
async function newCode(parameters: Parameters = {}): Promise<Parameters> {
  const code_verifier = newVerifier()
  const answer = await ask({ ...challenged(code_verifier), ...parameters })
  expect(answer.status).toBe(302)
  const code = locationOf(answer).searchParams.get('code') ?? ''
  const { redirect_uri } = parameters
  return {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    code_verifier,
    ...(redirect_uri && { redirect_uri }),
  }
}

const redeem = (form: Parameters, headers: Record<string, string> = {}) =>
  latchkey.call('/token', { method: 'POST', headers, body: new URLSearchParams(form) })
const tokenOf = async (answer: Response) => String((await fieldsOf(answer))['access_token'])
const uploads = async (token: string) => (await latchkey.upload(token, '{"a":[1]}')).status
const outcome = async (answer: Response) => [answer.status, (await fieldsOf(answer))['error']]
const INVALID_GRANT = [400, 'invalid_grant']

describe('GET /token with code_challenge', () => {
  it('redirects with a code and the state, without a token and without a body', async () => {
    const state = 'a b&c=d#é+%2B"<'
    const answer = await ask({ ...challenged(newVerifier()), response_type: 'code', redirect_uri: APP, state })
    const location = locationOf(answer)
    expect([answer.status, await answer.text(), answer.headers.get('cache-control')]).toEqual([302, '', 'no-store'])
    expect(location.href).toMatch(/^com\.example\.app:\/cb\?code=/)
    expect([...location.searchParams.keys()]).toEqual(['code', 'state'])
    expect(location.searchParams.get('code')).toMatch(/^[\w-]{43}$/)
    expect(location.searchParams.get('state')).toBe(state)
  })

  it('redirects also callers that prefer JSON, and not with response=json', async () => {
    const challenge = challenged(newVerifier())
    expect((await ask(challenge, { accept: 'application/json' })).status).toBe(302)
    expect(await faultyFields(await ask({ ...challenge, response: 'json' }))).toEqual(['response'])
  })

  it('puts the code into the fragment of an app that routes by it', async () => {
    const { client_id } = await latchkey.register({ callback_url: 'https://ui.example/#/' })
    const answer = await ask({ client_id, ...challenged(newVerifier()) })
    expect(answer.headers.get('location')).toMatch(/^https:\/\/ui\.example\/#\/\?code=[\w-]{43}$/)
  })

  it.each([
    ['response_type=code without a challenge', { response_type: 'code' }, 'code_challenge'],
    ['a method without a challenge', { code_challenge_method: 'S256' }, 'code_challenge'],
    ['a challenge without a method, which would be plain', { code_challenge_method: '' }, 'code_challenge_method'],
    ['the method plain', { ...challenged('x'), code_challenge_method: 'plain' }, 'code_challenge_method'],
    ['a short challenge', { ...challenged('x'), code_challenge: 'x'.repeat(42) }, 'code_challenge'],
    ['a long challenge', { ...challenged('x'), code_challenge: 'x'.repeat(44) }, 'code_challenge'],
    ['a challenge with padding', { ...challenged('x'), code_challenge: `${'x'.repeat(42)}=` }, 'code_challenge'],
    ['an empty challenge', { ...challenged('x'), code_challenge: '' }, 'code_challenge'],
    ['another response type', { ...challenged('x'), response_type: 'token' }, 'response_type'],
    ['a long state', { ...challenged('x'), state: 'x'.repeat(1_025) }, 'state'],
    ['another callback URL', { ...challenged('x'), redirect_uri: 'https://evil.example/' }, 'redirect_uri'],
    ['a long lifetime', { ...challenged('x'), expiry_minutes: '1441' }, 'expiry_minutes'],
  ])('rejects %s with 400, without a redirect', async (_what, parameters, field) => {
    const answer = await ask(parameters)
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
    expect(await faultyFields(answer)).toEqual([field])
  })

  it('requires the method', async () => {
    const { code_challenge = '' } = challenged('x')
    expect(await faultyFields(await ask({ code_challenge }))).toEqual(['code_challenge_method'])
  })

  it('rejects a scope that the client does not have', async () => {
    const answer = await ask({ ...challenged('x'), scope: 'upload download' })
    expect([answer.status, (await fieldsOf(answer))['code']]).toEqual([400, 'scope_invalid'])
  })

  it('rejects unknown and disabled clients', async () => {
    const answer = await ask({ client_id: '0'.repeat(32), ...challenged('x') })
    expect([answer.status, (await fieldsOf(answer))['code']]).toEqual([403, 'client_unknown'])
  })
})

describe('POST /token with a code', () => {
  it('returns the token with the scope, the participant and the lifetime of the code', async () => {
    const form = await newCode({ participant_id: 'P007', expiry_minutes: '15', scope: ' upload  upload ' })
    const answer = await redeem({ ...form, scope: 'start', participant_id: 'P008', expires_in: '86400' })
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual([
      200,
      'no-store',
      'no-cache',
    ])
    const body = await fieldsOf(answer)
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 900, scope: 'upload' })
    expect(await uploads(String(body['access_token']))).toBe(200)
    expect(await latchkey.rows(clientId, { participant_id: 'P007' })).toHaveLength(1)
    expect(await latchkey.rows(clientId, { participant_id: 'P008' })).toHaveLength(0)
  })

  it('has the audience of the code, or a part of it', async () => {
    const [one, two] = ['https://one.example', 'https://two.example']
    const { client_id } = await latchkey.register({ audience: [one, two] })
    const audienceOf = async (answer: Response) => decodeJwt(await tokenOf(answer)).aud
    const both = { client_id, resource: one, audience: two }
    expect(await audienceOf(await redeem({ ...(await newCode(both)), client_id }))).toEqual([one, two])
    expect(await audienceOf(await redeem({ ...(await newCode(both)), client_id, resource: two }))).toBe(two)
    expect(await audienceOf(await redeem({ ...(await newCode({ client_id })), client_id }))).toBe(latchkey.url)
    const form = { ...(await newCode({ client_id, resource: one })), client_id }
    expect(await outcome(await redeem({ ...form, resource: two }))).toEqual([400, 'invalid_target'])
    expect(await audienceOf(await redeem(form))).toBe(one)
    expect((await ask({ client_id, ...challenged('x'), resource: 'https://three.example' })).status).toBe(400)
  })

  it('has all scopes of the client by default', async () => {
    expect((await fieldsOf(await redeem(await newCode())))['scope']).toBe('upload start')
  })

  it.each([
    ['a wrong verifier', () => ({ code_verifier: newVerifier() })],
    ['an unknown code', () => ({ code: newVerifier() })],
    ['the redirect_uri of another request', () => ({ redirect_uri: 'https://app.example/' })],
    ['a redirect_uri in another notation', () => ({ redirect_uri: 'COM.example.app:/cb' })],
    ['no redirect_uri, though the request had one', () => ({ redirect_uri: '' })],
  ])('rejects %s with invalid_grant, and the code stays valid', async (_what, change) => {
    const form = await newCode({ redirect_uri: APP })
    expect(await outcome(await redeem({ ...form, ...change() }))).toEqual(INVALID_GRANT)
    expect((await redeem(form)).status).toBe(200)
  })

  it('needs no redirect_uri if the request had none, and accepts the default', async () => {
    expect((await redeem(await newCode())).status).toBe(200)
    expect((await redeem({ ...(await newCode()), redirect_uri: 'https://app.example/' })).status).toBe(200)
    expect(await outcome(await redeem({ ...(await newCode()), redirect_uri: APP }))).toEqual(INVALID_GRANT)
  })

  it('rejects the code of another client', async () => {
    const other = await latchkey.register()
    expect(await outcome(await redeem({ ...(await newCode()), client_id: other.client_id }))).toEqual(INVALID_GRANT)
  })

  it.each([
    ['code', ''],
    ['code_verifier', ''],
    ['code_verifier', 'x'.repeat(42)],
    ['code_verifier', 'x'.repeat(129)],
    ['code_verifier', `${'x'.repeat(42)}+`],
  ])('rejects %s=%s with invalid_request', async (name, value) => {
    const answer = await redeem({ ...(await newCode()), [name]: value })
    expect(await outcome(answer)).toEqual([400, 'invalid_request'])
  })

  it.each(['x'.repeat(43), `-._~${'x'.repeat(124)}`])('accepts the verifier %s', async (code_verifier) => {
    const code = locationOf(await ask(challenged(code_verifier))).searchParams.get('code') ?? ''
    expect((await redeem({ grant_type: 'authorization_code', client_id: clientId, code, code_verifier })).status).toBe(
      200,
    )
  })

  it('rejects a missing client id with invalid_client, and says so', async () => {
    const { client_id: _omitted, ...form } = await newCode()
    const answer = await redeem(form)
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="latchkey"'])
    expect(await fieldsOf(answer)).toEqual({
      error: 'invalid_client',
      error_description: 'client_id is missing: send it in the form, or send id and secret as Authorization: Basic.',
    })
  })

  it('requires the secret of a confidential client', async () => {
    const { client_id, client_secret = '' } = await latchkey.register({ kind: 'confidential' })
    const authorization = `Basic ${btoa(`${client_id}:${client_secret}`)}`
    const code_verifier = newVerifier()
    const answer = await ask({ client_id, ...challenged(code_verifier), participant_id: 'P007' }, { authorization })
    const code = locationOf(answer).searchParams.get('code') ?? ''
    const form = { grant_type: 'authorization_code', code, code_verifier }
    expect(await outcome(await redeem({ ...form, client_id }))).toEqual([401, 'invalid_client'])
    expect((await redeem(form, { authorization })).status).toBe(200)
    expect((await ask({ client_id, ...challenged(code_verifier) })).status).toBe(401)
  })

  it('rejects a code whose client revoked its tokens or was disabled since', localOnly('calls lib/'), async () => {
    const { revokeClientTokens, setClientStatus } = await import('../../../lib/clients/store-admin.ts')
    const { client_id } = await latchkey.register()
    const form = await newCode({ client_id })
    await revokeClientTokens(client_id, Date.now())
    expect(await outcome(await redeem({ ...form, client_id }))).toEqual(INVALID_GRANT)
    const later = await newCode({ client_id })
    await setClientStatus(client_id, 'disabled')
    expect((await redeem({ ...later, client_id })).status).toBe(400)
    expect((await ask({ client_id, ...challenged('x') })).status).toBe(403)
  })
})

describe('a code', () => {
  it('is valid for a minute', async () => {
    const at = clock()
    const [first, second] = [await newCode(), await newCode()]
    at(59_000)
    expect((await redeem(first)).status).toBe(200)
    at(60_000)
    expect(await outcome(await redeem(second))).toEqual(INVALID_GRANT)
  })

  it('is valid once, and its repeated use revokes the token', async () => {
    const form = await newCode()
    const token = await tokenOf(await redeem(form))
    expect(await uploads(token)).toBe(200)
    expect(await outcome(await redeem(form))).toEqual(INVALID_GRANT)
    expect(await uploads(token)).toBe(401)
    expect(await outcome(await redeem(form))).toEqual(INVALID_GRANT)
  })

  it('revokes its token also when it has expired', async () => {
    const at = clock()
    const form = await newCode()
    const token = await tokenOf(await redeem(form))
    at(600_000)
    expect(await uploads(token)).toBe(200)
    expect(await outcome(await redeem(form))).toEqual(INVALID_GRANT)
    expect(await uploads(token)).toBe(401)
  })

  it('does not revoke its token without the verifier, or for another client', async () => {
    const form = await newCode()
    const token = await tokenOf(await redeem(form))
    const { client_id } = await latchkey.register()
    for (const change of [{ code_verifier: newVerifier() }, { client_id }]) {
      expect(await outcome(await redeem({ ...form, ...change }))).toEqual(INVALID_GRANT)
    }
    expect(await uploads(token)).toBe(200)
  })

  it('gives one token at most to ten concurrent requests, which is then revoked', async () => {
    const form = await newCode()
    const answers = await Promise.all(Array.from({ length: 10 }, () => redeem(form)))
    const tokens = await Promise.all(answers.filter(({ status }) => status === 200).map(tokenOf))
    expect(tokens.length).toBeLessThanOrEqual(1)
    for (const token of tokens) expect(await uploads(token)).toBe(401)
    for (const answer of answers) if (answer.status !== 200) expect(await outcome(answer)).toEqual(INVALID_GRANT)
  })

  it('gives one token also when DynamoDB repeats the write after a lost response', async () => {
    const form = await newCode()
    let lost = false
    latchkey.database.plan = (command, body) => {
      if (lost || command !== 'UpdateItem' || !body.includes('code#')) return undefined
      lost = true
      return 'answer lost'
    }
    const token = await tokenOf(await redeem(form))
    expect([lost, await uploads(token)]).toEqual([true, 200])
  })

  it('stays valid if the token cannot be stored', async () => {
    const form = await newCode()
    latchkey.database.plan = (command) => (command === 'PutItem' ? 'failing' : undefined)
    expect(await outcome(await redeem(form))).toEqual([503, 'server_error'])
    latchkey.database.plan = () => undefined
    expect((await redeem(form)).status).toBe(200)
  })

  it('is stored as a digest only', async () => {
    const bodies: string[] = []
    latchkey.database.plan = (_command, body) => {
      bodies.push(body)
      return undefined
    }
    const { code = '', code_verifier = '', ...form } = await newCode()
    await redeem({ ...form, code, code_verifier })
    expect(bodies.some((body) => body.includes(`code#sha256:${hash('sha256', code)}`))).toBe(true)
    expect(bodies.filter((body) => body.includes(code) || body.includes(code_verifier))).toEqual([])
  })
})
