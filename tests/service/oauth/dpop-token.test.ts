import { hash, randomBytes } from 'node:crypto'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeSigningKey } from '../../../lib/crypto/deployment-secrets.ts'
import { bindingClient, newProofKey, type ProofChanges, type ProofKey } from '../../support/dpop.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'

/** DPoP at the token endpoint (RFC 9449 sections 5, 8 and 10). */
let latchkey: Latchkey
let client: Awaited<ReturnType<typeof bindingClient>>
let key: ProofKey
beforeAll(async () => {
  latchkey = await startLatchkey()
  ;[client, key] = await Promise.all([bindingClient(latchkey), newProofKey()])
})
afterEach(() => {
  latchkey.database.plan = () => undefined
  vi.useRealTimers()
})
afterAll(() => latchkey.stop())

const proof = (changes?: ProofChanges, signer = key) =>
  signer.prove({ method: 'POST', url: `${latchkey.url}/token` }, changes)
const errorOf = async (answer: Response) => [answer.status, (await fieldsOf(answer))['error']]

describe('POST /token with a DPoP proof', () => {
  it('issues a token that is bound to its key', async () => {
    const answer = await client.request(await proof(), { scope: 'upload' })
    expect([answer.status, answer.headers.get('dpop-nonce')]).toEqual([200, null])
    const { access_token, ...rest } = await fieldsOf(answer)
    expect(rest).toEqual({ token_type: 'DPoP', expires_in: 5_400, scope: 'upload' })
    expect(decodeJwt(String(access_token))['cnf']).toEqual({ jkt: key.jkt })
  })

  it('stores the key in the record of the token', localOnly('the record is read from the table'), async () => {
    const { jti } = decodeJwt(await client.token(key))
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const { Item } = await documents.send(
      new GetCommand({ TableName: process.env['TOKENS_TABLE'], Key: { id: `jti#${jti}` } }),
    )
    expect(Item).toMatchObject({ jkt: key.jkt })
  })

  it('issues a plain token without one', async () => {
    const { access_token, token_type } = await fieldsOf(await client.request())
    expect([token_type, decodeJwt(String(access_token))['cnf']]).toEqual(['Bearer', undefined])
  })

  it('is described by introspection', async () => {
    const introspect = async (token: string) =>
      fieldsOf(
        await latchkey.call('/introspect', {
          method: 'POST',
          headers: { authorization: client.authorization },
          body: new URLSearchParams({ token }),
        }),
      )
    const cnf = { jkt: key.jkt }
    expect(await introspect(await client.token(key))).toMatchObject({ active: true, token_type: 'DPoP', cnf })
    const plain = await introspect(String((await fieldsOf(await client.request()))['access_token']))
    expect([plain['active'], plain['token_type'], plain['cnf']]).toEqual([true, 'Bearer', undefined])
  })

  it.each<[string, ProofChanges]>([
    ['for another method', { claims: { htm: 'GET' } }],
    ['for another URL', { claims: { htu: 'https://other.example/token' } }],
    ['of an hour ago', { claims: { iat: 1_600_000_000 } }],
    ['of another type', { header: { typ: 'jwt' } }],
  ])('rejects a proof %s as invalid_dpop_proof', async (_what, changes) => {
    const answer = await client.request(await proof(changes))
    expect(answer.headers.get('www-authenticate')).toBeNull()
    const { error, error_description } = await fieldsOf(answer)
    expect([answer.status, error]).toEqual([400, 'invalid_dpop_proof'])
    expect(error_description).toMatch(/^The DPoP proof is invalid: (?:htm|htu|iat|typ) must be /)
  })

  it('rejects two headers', async () => {
    const dpop = `${await proof()}, ${await proof()}`
    expect(await errorOf(await client.request(dpop))).toEqual([400, 'invalid_dpop_proof'])
  })

  it('accepts a proof once, of ten concurrent requests', async () => {
    const dpop = await proof()
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.request(dpop)))
    const outcomes = await Promise.all(answers.map(errorOf))
    expect(outcomes.filter(([status]) => status === 200)).toHaveLength(1)
    expect(outcomes.filter(([status]) => status !== 200)).toEqual(
      Array.from({ length: 9 }, () => [400, 'invalid_dpop_proof']),
    )
  })

  it('stores nothing for a caller that is not the client', async () => {
    latchkey.database.commands.length = 0
    const answer = await latchkey.call('/token', {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client.client_id}:wrong`)}`, dpop: await proof() },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    })
    expect(await errorOf(answer)).toEqual([401, 'invalid_client'])
    expect(latchkey.database.commands).not.toContain('PutItem')
  })

  it('issues nothing while the proof cannot be recorded', async () => {
    latchkey.database.plan = (command, body) =>
      command === 'PutItem' && body.includes('dpop#') ? 'failing' : undefined
    expect(await errorOf(await client.request(await proof()))).toEqual([503, 'server_error'])
    expect(latchkey.database.commands.at(-1)).toBe('PutItem')
  })
})

describe('a client with dpop_bound', () => {
  it('gets no token without a proof', async () => {
    const strict = await bindingClient(latchkey, { dpop_bound: true })
    const answer = await strict.request()
    expect([answer.status, await fieldsOf(answer)]).toEqual([
      400,
      {
        error: 'invalid_dpop_proof',
        error_description: 'The request needs a DPoP proof in one header DPoP (RFC 9449).',
      },
    ])
    expect(decodeJwt(await strict.token(key))['cnf']).toEqual({ jkt: key.jkt })
  })

  it('gets only codes from GET /token, which need a proof', async () => {
    const { client_id } = await latchkey.register({ dpop_bound: true })
    const direct = await latchkey.call(`/token?client_id=${client_id}`)
    expect((await problemOf(direct)).code).toBe('client_unauthorized')
    const { form } = await newCode(client_id)
    expect(await errorOf(await redeem(form))).toEqual([400, 'invalid_dpop_proof'])
    const { access_token, token_type } = await fieldsOf(await redeem(form, await proof()))
    expect([token_type, decodeJwt(String(access_token))['cnf']]).toEqual(['DPoP', { jkt: key.jkt }])
  })

  it('is shown in the list of clients', async () => {
    const { client_id } = await latchkey.register({ dpop_bound: true })
    const { clients } = await fieldsOf(await latchkey.asAdmin('/clients?number=1000'))
    expect(clients).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ client_id, dpop_bound: true }),
        expect.objectContaining({ client_id: client.client_id, dpop_bound: false }),
      ]),
    )
  })

  it('must be registered as true or false', async () => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ callback_url: 'https://app.example/', dpop_bound: 'yes' })
    const answer = await latchkey.asAdmin('/register', { method: 'POST', headers, body })
    expect(await problemOf(answer)).toMatchObject({
      status: 400,
      errors: [{ field: 'dpop_bound', detail: 'must be true or false' }],
    })
  })
})

/** A code of a public client, and the form that redeems it. */
async function newCode(client_id: string, parameters: Record<string, string> = {}) {
  const code_verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    ...{ client_id, code_challenge: hash('sha256', code_verifier, 'base64url'), code_challenge_method: 'S256' },
    ...parameters,
  })
  const location = new URL((await latchkey.call(`/token?${query}`)).headers.get('location') ?? '')
  const code = location.searchParams.get('code') ?? ''
  return { form: { grant_type: 'authorization_code', client_id, code, code_verifier } }
}

const redeem = (form: Record<string, string>, dpop?: string) =>
  latchkey.call('/token', {
    method: 'POST',
    headers: { ...(dpop !== undefined && { dpop }) },
    body: new URLSearchParams(form),
  })

describe('dpop_jkt at GET /token (RFC 9449 section 10)', () => {
  it('binds a code to a key', async () => {
    const { client_id } = await latchkey.register()
    const { form } = await newCode(client_id, { dpop_jkt: key.jkt })
    expect(await errorOf(await redeem(form))).toEqual([400, 'invalid_grant'])
    expect(await errorOf(await redeem(form, await proof({}, await newProofKey())))).toEqual([400, 'invalid_grant'])
    const { access_token } = await fieldsOf(await redeem(form, await proof()))
    expect(decodeJwt(String(access_token))['cnf']).toEqual({ jkt: key.jkt })
  })

  it('is optional: a proof alone binds the token of a code', async () => {
    const { client_id } = await latchkey.register()
    const { form } = await newCode(client_id)
    const used = await proof()
    expect(await fieldsOf(await redeem(form, used))).toMatchObject({ token_type: 'DPoP' })
    const next = await newCode(client_id)
    expect(await errorOf(await redeem(next.form, used))).toEqual([400, 'invalid_dpop_proof'])
    expect(await fieldsOf(await redeem(next.form))).toMatchObject({ token_type: 'Bearer' })
  })

  it.each<[string, Record<string, string>, string]>([
    ['without code_challenge', { dpop_jkt: 'x'.repeat(43) }, 'code_challenge'],
    ['that is not a thumbprint', { dpop_jkt: 'abc', code_challenge: 'x'.repeat(43) }, 'dpop_jkt'],
  ])('is rejected %s', async (_what, parameters, field) => {
    const { client_id } = await latchkey.register()
    const answer = await latchkey.call(`/token?${new URLSearchParams({ client_id, ...parameters })}`)
    expect([answer.status, await faultyFields(answer)]).toEqual([400, [field]])
  })

  it('is not replaced by a proof at GET /token, which would give a plain token', async () => {
    const { client_id } = await latchkey.register()
    const dpop = await key.prove({ method: 'GET', url: `${latchkey.url}/token` })
    const answer = await latchkey.call(`/token?client_id=${client_id}`, { headers: { dpop } })
    expect((await problemOf(answer)).code).toBe('client_unauthorized')
  })
})

describe('with DPOP_NONCE', localOnly('the setting and the keys are changed'), () => {
  beforeAll(async () => {
    process.env['DPOP_NONCE'] = 'true'
    await latchkey.anotherContainer()
  })
  afterAll(async () => {
    process.env['DPOP_NONCE'] = ''
    await latchkey.anotherContainer()
  })
  const nonceFor = async (changes?: ProofChanges) => {
    const answer = await client.request(await proof(changes))
    const nonce = answer.headers.get('dpop-nonce') ?? ''
    return { nonce, outcome: await errorOf(answer) }
  }
  const REQUIRED = [400, 'use_dpop_nonce']

  it('a proof needs a nonce of the server, which the error contains', async () => {
    const { nonce, outcome } = await nonceFor()
    expect(outcome).toEqual(REQUIRED)
    expect(nonce).toMatch(/^[\w-]{43}$/)
    const answer = await client.request(await proof({ claims: { nonce } }))
    expect([answer.status, answer.headers.get('dpop-nonce')]).toEqual([200, nonce])
  })

  it('a wrong nonce is rejected', async () => {
    const { nonce, outcome } = await nonceFor({ claims: { nonce: randomBytes(32).toString('base64url') } })
    expect(outcome).toEqual(REQUIRED)
    expect((await nonceFor({ claims: { nonce } })).outcome).toEqual([200, undefined])
  })

  it('a nonce is valid for at least 150 seconds, and at most 300', async () => {
    const start = 150_000 * 12_000_000
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const { nonce } = await nonceFor()
    vi.setSystemTime(start + 149_000)
    expect(await nonceFor()).toEqual({ nonce, outcome: REQUIRED })
    vi.setSystemTime(start + 299_000)
    expect((await nonceFor({ claims: { nonce } })).outcome).toEqual([200, undefined])
    vi.setSystemTime(start + 300_000)
    expect((await nonceFor({ claims: { nonce } })).outcome).toEqual(REQUIRED)
    // The clock of the host that made it may be ahead.
    vi.setSystemTime(start - 1_000)
    expect((await nonceFor({ claims: { nonce } })).outcome).toEqual([200, undefined])
  })

  it('a nonce stays valid during a rotation of the signing keys', async () => {
    const { nonce } = await nonceFor()
    const { keys } = JSON.parse(process.env['SIGNING_KEYS'] ?? '')
    process.env['SIGNING_KEYS'] = JSON.stringify({ keys: [await makeSigningKey('ES256'), ...keys] })
    await latchkey.anotherContainer()
    expect((await nonceFor({ claims: { nonce } })).outcome).toEqual([200, undefined])
    process.env['SIGNING_KEYS'] = JSON.stringify({ keys })
    await latchkey.anotherContainer()
  })

  it('a plain token needs none', async () => {
    const answer = await client.request()
    expect([answer.status, answer.headers.get('dpop-nonce')]).toEqual([200, null])
  })
})
