import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { bindingClient, boundHeaders, newProofKey, type ProofChanges, type ProofKey } from '../../support/dpop.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

/** Requests with tokens that are bound to a key (RFC 9449 section 7). */
let latchkey: Latchkey
let client: Awaited<ReturnType<typeof bindingClient>>
let key: ProofKey
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  ;[client, key] = await Promise.all([bindingClient(latchkey), newProofKey()])
  token = await client.token(key)
})
afterEach(() => {
  latchkey.database.plan = () => undefined
  vi.useRealTimers()
})
afterAll(() => latchkey.stop())

const BODY = '{"a":[1]}'
const uploadWith = (headers: Record<string, string>, path = '/upload') =>
  latchkey.call(path, { method: 'POST', body: BODY, headers: { 'content-type': 'application/json', ...headers } })
const uploadRequest = (path = '/upload') => ({ method: 'POST', url: `${latchkey.url}${path}`, token })
const proven = (changes?: ProofChanges, signer = key) => boundHeaders(signer, uploadRequest(), changes)

const ALGS = 'algs="ES256 EdDSA Ed25519 RS256"'
/** Status, code and challenge of a rejected request. */
async function rejected(answer: Response) {
  const { code } = await problemOf(answer)
  return [answer.status, code, answer.headers.get('www-authenticate')]
}
const INVALID_TOKEN = [401, 'credentials_invalid', `DPoP error="invalid_token", ${ALGS}`]
const INVALID_PROOF = [401, 'proof_invalid', `DPoP error="invalid_dpop_proof", ${ALGS}`]

describe('a bound token', () => {
  it('is accepted with a proof of its key', async () => {
    expect((await uploadWith(await proven())).status).toBe(200)
  })

  it('is accepted with any letter case of the scheme', async () => {
    const { dpop } = await proven()
    expect((await uploadWith({ authorization: `dpop ${token}`, dpop })).status).toBe(200)
  })

  it('is accepted at a path with a slash at the end, a query and encoded characters', async () => {
    const slash = await boundHeaders(key, uploadRequest('/upload/'))
    expect((await uploadWith(slash, '/upload/?tz=UTC')).status).toBe(200)
    const path = '/submissions/a%20b%C3%A9'
    const headers = await boundHeaders(key, { method: 'GET', url: latchkey.url + path, token })
    expect((await problemOf(await latchkey.call(path, { headers }))).code).toBe('parameter_invalid')
  })

  it('is accepted for HEAD with a proof for HEAD', async () => {
    const request = { method: 'HEAD', url: `${latchkey.url}/download`, token }
    expect(
      (await latchkey.call('/download', { method: 'HEAD', headers: await boundHeaders(key, request) })).status,
    ).toBe(200)
    const get = await boundHeaders(key, { ...request, method: 'GET' })
    expect((await latchkey.call('/download', { method: 'HEAD', headers: get })).status).toBe(401)
  })

  it('is rejected as Bearer, with and without a proof', async () => {
    expect(await rejected(await latchkey.upload(token, BODY))).toEqual(INVALID_TOKEN)
    const { dpop } = await proven()
    expect(await rejected(await latchkey.upload(token, BODY, 'application/json', { dpop }))).toEqual(INVALID_TOKEN)
  })

  it('is rejected without a proof', async () => {
    expect(await rejected(await uploadWith({ authorization: `DPoP ${token}` }))).toEqual(INVALID_PROOF)
  })

  it('is rejected with a proof of another key', async () => {
    expect(await rejected(await uploadWith(await proven({}, await newProofKey())))).toEqual(INVALID_TOKEN)
  })

  it('is rejected with two proofs', async () => {
    const headers = new Headers({ authorization: `DPoP ${token}`, 'content-type': 'application/json' })
    for (const { dpop } of [await proven(), await proven()]) headers.append('dpop', dpop)
    const answer = await latchkey.call('/upload', { method: 'POST', body: BODY, headers })
    expect(await problemOf(answer.clone())).toMatchObject({
      errors: [{ field: 'DPoP', detail: 'the header DPoP must appear only once' }],
    })
    expect(await rejected(answer)).toEqual(INVALID_PROOF)
  })

  it.each<[string, ProofChanges]>([
    ['for another method', { claims: { htm: 'GET' } }],
    ['for another path', { claims: { htu: 'http://localhost/upload' } }],
    ['for another token', { claims: { ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo' } }],
    ['for no token', { claims: { ath: undefined } }],
    ['of yesterday', { claims: { iat: Math.floor(Date.now() / 1_000) - 86_400 } }],
    ['of tomorrow', { claims: { iat: Math.floor(Date.now() / 1_000) + 86_400 } }],
    ['of another type', { header: { typ: 'JWT' } }],
    ['with an extension', { header: { crit: ['urn:example:extension'], 'urn:example:extension': 1 } }],
  ])('is rejected with a proof %s', async (_what, changes) => {
    expect(await rejected(await uploadWith(await proven(changes)))).toEqual(INVALID_PROOF)
  })

  it('is rejected with a changed signature, before anything is stored', async () => {
    const { authorization, dpop } = await proven()
    const other = (await proven()).dpop.split('.')[2]
    latchkey.database.commands.length = 0
    const answer = await uploadWith({ authorization, dpop: dpop.replace(/[^.]+$/, String(other)) })
    expect(await rejected(answer)).toEqual(INVALID_PROOF)
    expect(latchkey.database.commands).toEqual([])
  })

  it('without the scope of the endpoint is rejected with 403', async () => {
    const uploader = await client.token(key, { scope: 'upload' })
    const headers = await boundHeaders(key, { method: 'GET', url: `${latchkey.url}/download`, token: uploader })
    const answer = await latchkey.call('/download', { headers })
    expect(await rejected(answer)).toEqual([403, 'not_allowed', `DPoP error="insufficient_scope", ${ALGS}`])
  })

  it('that was revoked is rejected, also with a proof', async () => {
    const revoked = await client.token(key)
    const form = new URLSearchParams({ token: revoked })
    const { authorization } = client
    await latchkey.call('/revoke', { method: 'POST', headers: { authorization }, body: form })
    const headers = await boundHeaders(key, { ...uploadRequest(), token: revoked })
    expect(await rejected(await uploadWith(headers))).toEqual(INVALID_TOKEN)
  })

  it('is accepted in the field auth_token of POST /submit, with a proof', async () => {
    const request = { method: 'POST', url: `${latchkey.url}/submit`, token }
    const submit = (headers: Record<string, string>) =>
      latchkey.call('/submit', { method: 'POST', headers, body: new URLSearchParams({ auth_token: token }) })
    const { dpop } = await boundHeaders(key, request)
    expect((await submit({ dpop })).status).toBe(200)
    expect(await rejected(await submit({ dpop }))).toEqual(INVALID_PROOF)
    expect(await rejected(await submit({}))).toEqual(INVALID_TOKEN)
    const another = await (await newProofKey()).prove(request)
    expect(await rejected(await submit({ dpop: another }))).toEqual(INVALID_TOKEN)
  })

  it('is accepted at the endpoint of InfluxDB with the scheme DPoP, not with Token', async () => {
    const write = (headers: Record<string, string>) =>
      latchkey.call('/api/v2/write', { method: 'POST', headers, body: 'weather temperature=21.4\n' })
    const headers = await boundHeaders(key, { method: 'POST', url: `${latchkey.url}/api/v2/write`, token })
    expect((await write({ ...headers, authorization: `Token ${token}` })).status).toBe(401)
    expect((await write(headers)).status).toBe(204)
  })
})

describe('an auth token that is not bound', () => {
  it('is rejected with the scheme DPoP', async () => {
    const plain = String((await fieldsOf(await client.request()))['access_token'])
    const headers = await boundHeaders(key, { ...uploadRequest(), token: plain })
    expect(await rejected(await uploadWith(headers))).toEqual(INVALID_TOKEN)
  })

  it('is accepted as Bearer, whatever the header DPoP is', async () => {
    const plain = String((await fieldsOf(await client.request()))['access_token'])
    const bodies: string[] = []
    latchkey.database.plan = (_command, body) => {
      bodies.push(body)
      return undefined
    }
    expect((await latchkey.upload(plain, BODY, 'application/json', { dpop: 'anything' })).status).toBe(200)
    expect(bodies.filter((body) => body.includes('dpop#'))).toEqual([])
  })

  it.each(['an admin token', 'x', ''])('is not %j after the word DPoP', async (credential) => {
    expect((await uploadWith({ authorization: `DPoP ${credential}` })).status).toBe(401)
  })

  it('of Latchkey is named by the challenge, next to Bearer', async () => {
    expect(await rejected(await uploadWith({}))).toEqual([
      401,
      'credentials_missing',
      `Bearer realm="latchkey", DPoP ${ALGS}`,
    ])
  })
})

describe('a stolen bound token', () => {
  it('opens nothing without its key, and a stolen request works only once', async () => {
    // What an attacker sees: a request with its headers, such as in the log of a proxy.
    const seen = await proven()
    expect((await uploadWith(seen)).status).toBe(200)
    expect(await rejected(await uploadWith(seen))).toEqual(INVALID_PROOF)

    const attacker = await newProofKey()
    const read = (headers: Record<string, string>) => latchkey.call('/download?format=json', { headers })
    const request = { method: 'GET', url: `${latchkey.url}/download`, token }
    const attempts: Record<string, Promise<Response>> = {
      'as Bearer': read({ authorization: `Bearer ${token}` }),
      'as DPoP without a proof': read({ authorization: `DPoP ${token}` }),
      'with the proof of another request': read(seen),
      'with a proof of another key': read(await boundHeaders(attacker, request)),
      'with the key of the owner, and another signature': read(
        await boundHeaders(attacker, request, { header: { jwk: key.jwk } }),
      ),
      'without a signature': read({
        authorization: `DPoP ${token}`,
        dpop: (await attacker.prove(request, { header: { jwk: key.jwk } })).replace(/[^.]+$/, ''),
      }),
      'as Basic': read({ authorization: `Basic ${btoa(`${client.client_id}:${token}`)}` }),
      'in the query': latchkey.call(`/download?auth_token=${token}&access_token=${token}`),
      'in a form': latchkey.call('/submit', { method: 'POST', body: new URLSearchParams({ auth_token: token }) }),
      'for other data': latchkey.call('/submissions', { headers: { authorization: `Bearer ${token}` } }),
    }
    const statuses = await Promise.all(
      Object.entries(attempts).map(async ([name, answer]) => [name, (await answer).status] as const),
    )
    const opened = statuses.filter(([, status]) => ![400, 401].includes(status))
    expect(opened).toEqual([])
    // The owner is not affected.
    expect((await read(await boundHeaders(key, request))).status).toBe(200)
  })
})

describe('the replay of a proof', () => {
  it('is rejected, of ten concurrent requests all but one', async () => {
    const headers = await proven()
    const answers = await Promise.all(Array.from({ length: 10 }, () => uploadWith(headers)))
    const statuses = answers.map(({ status }) => status).toSorted()
    expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 401)])
    const [refused] = answers.filter(({ status }) => status === 401)
    expect(await problemOf(refused ?? new Response())).toMatchObject({
      code: 'proof_invalid',
      detail: 'The DPoP proof is invalid: it was used before, and each request needs a new one.',
    })
  })

  it('is rejected by other functions and containers, too', async () => {
    const claims = { jti: 'one-of-a-kind' }
    expect((await uploadWith(await proven({ claims }))).status).toBe(200)
    await latchkey.anotherContainer()
    expect(await rejected(await uploadWith(await proven({ claims })))).toEqual(INVALID_PROOF)
    const request = { method: 'GET', url: `${latchkey.url}/download`, token }
    const headers = await boundHeaders(key, request, { claims })
    expect(await rejected(await latchkey.call('/download', { headers }))).toEqual(INVALID_PROOF)
  })

  it('does not concern the same jti of another key', async () => {
    const claims = { jti: 'the first one' }
    const other = await newProofKey()
    const theirs = await client.token(other)
    expect((await uploadWith(await proven({ claims }))).status).toBe(200)
    const headers = await boundHeaders(other, { ...uploadRequest(), token: theirs }, { claims })
    expect((await uploadWith(headers)).status).toBe(200)
  })

  it('is recorded with a key of bounded length, which expires', localOnly('the record is read'), async () => {
    latchkey.database.plan = (command, body) => {
      if (command === 'PutItem' && body.includes('dpop#')) bodies.push(body)
      return undefined
    }
    const bodies: string[] = []
    const now = 1_800_000_000
    vi.useFakeTimers({ toFake: ['Date'], now: now * 1_000 })
    const fresh = await client.token(key)
    const headers = await boundHeaders(
      key,
      { ...uploadRequest(), token: fresh },
      { claims: { jti: 'x'.repeat(2_000) } },
    )
    expect((await uploadWith(headers)).status).toBe(200)
    const id = /dpop#[\w-]+/.exec(bodies.at(-1) ?? '')?.[0] ?? ''
    expect(id).toMatch(/^dpop#[\w-]{43}$/)
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const { Item } = await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'], Key: { id } }))
    expect(Item).toEqual({ id, used_by: expect.any(String), expires_at: now + 420 })
  })

  it('is not a retry by the SDK after a lost response', async () => {
    let lost = 0
    latchkey.database.plan = (command, body) => {
      if (command !== 'PutItem' || !body.includes('dpop#') || lost > 0) return undefined
      lost += 1
      return 'answer lost'
    }
    expect([(await uploadWith(await proven())).status, lost]).toEqual([200, 1])
  })

  it.each(['failing', 'never arrives'] as const)('is never accepted while the table is %s', async (fault) => {
    latchkey.database.plan = (command, body) => (command === 'PutItem' && body.includes('dpop#') ? fault : undefined)
    const answer = await uploadWith(await proven())
    expect([answer.status, (await problemOf(answer)).code]).toEqual([503, 'storage_unavailable'])
  })

  it('is looked for while the record of the token is read', async () => {
    const order: string[] = []
    let release = () => {}
    const written = new Promise<void>((resolve) => {
      release = resolve
    })
    latchkey.database.plan = async (command, body) => {
      if (command === 'BatchGetItem' && body.includes('jti#')) await written
      if (command === 'PutItem' && body.includes('dpop#')) release()
      order.push(command)
      return undefined
    }
    expect((await uploadWith(await proven())).status).toBe(200)
    expect(order.indexOf('PutItem')).toBeLessThan(order.indexOf('BatchGetItem'))
  })
})

describe('with REVOCATION_SECONDS=5', localOnly('the setting is changed, and the clock is moved'), () => {
  it('a remembered token needs a proof in each request', async () => {
    process.env['REVOCATION_SECONDS'] = '5'
    await latchkey.anotherContainer()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const headers = await proven()
    expect((await uploadWith(headers)).status).toBe(200)
    expect(await rejected(await uploadWith(headers))).toEqual(INVALID_PROOF)
    expect(await rejected(await latchkey.upload(token, BODY))).toEqual(INVALID_TOKEN)
    expect(await rejected(await uploadWith(await proven({}, await newProofKey())))).toEqual(INVALID_TOKEN)
    expect((await uploadWith(await proven())).status).toBe(200)
    process.env['REVOCATION_SECONDS'] = ''
    await latchkey.anotherContainer()
  })
})

describe('pages of other origins', () => {
  it('may send DPoP, and read DPoP-Nonce', async () => {
    const preflight = await latchkey.call('/upload', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.headers.get('access-control-allow-headers')?.split(',')).toContain('dpop')
    const answer = await latchkey.call('/upload', { method: 'POST', headers: { origin: 'https://app.example' } })
    const exposed = answer.headers.get('access-control-expose-headers')?.toLowerCase().split(',')
    expect(exposed).toEqual(expect.arrayContaining(['dpop-nonce', 'www-authenticate']))
  })
})

it('the token says which key it is bound to', () => {
  expect(decodeJwt(token)['cnf']).toEqual({ jkt: key.jkt })
})
