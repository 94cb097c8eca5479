import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
  for (const email of ['ann+test@corp.example', 'bob@corp.example']) await latchkey.helpLightning.addUser(email)
})
afterAll(() => latchkey.stop())
afterEach(() => {
  latchkey.helpLightning.plan = () => undefined
  latchkey.database.plan = () => undefined
})

const ask = (email: string, init?: RequestInit) => latchkey.call(`/auth?email=${encodeURIComponent(email)}`, init)
const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })

/** An auth token of a new client. */
async function authToken(kind: 'public' | 'confidential', scope: string, participant?: string): Promise<string> {
  const { client_id, client_secret = '' } = await latchkey.register({ kind, scope })
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
  const query = new URLSearchParams({ client_id, ...(participant && { participant_id: participant }) })
  const headers = { accept: 'application/json', ...(kind === 'confidential' && { authorization }) }
  return String((await fieldsOf(await latchkey.call(`/token?${query}`, { headers })))['auth_token'])
}

describe('GET /auth', () => {
  it('returns the user token of an e-mail address, with the documented provider requests', async () => {
    const [ann] = latchkey.helpLightning.users
    const answer = await ask('ann+test@corp.example')
    expect([answer.status, await fieldsOf(answer)]).toEqual([200, { token: ann?.token }])
    const [list, user] = latchkey.helpLightning.calls.slice(-2)
    expect([list?.path, list?.query.get('filter')]).toEqual(['/v1r1/enterprise/users', 'email=ann+test@corp.example'])
    expect(user?.path).toBe(`/v1r1/enterprise/users/${ann?.id}`)
    for (const { headers } of [list, user].flatMap((call) => call ?? [])) {
      const [, claims = ''] = (headers['authorization'] ?? '').split('.')
      const { iss, aud, sub, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString())
      expect({ iss, aud, sub }).toEqual({ iss: 'Ghazal', aud: 'Ghazal', sub: 'Partner:4711' })
      expect(exp - Date.now() / 1000).toBeGreaterThan(50)
      expect(exp - Date.now() / 1000).toBeLessThanOrEqual(60)
    }
  })

  it('returns 404 for an unknown e-mail address', async () => {
    const answer = await ask('nobody@corp.example')
    expect([answer.status, (await problemOf(answer)).code]).toEqual([404, 'not_found'])
  })

  it('never returns another user, whatever the provider’s filter matches', async () => {
    const entries = latchkey.helpLightning.users.map((user) => ({ ...user }))
    latchkey.helpLightning.plan = ({ path }) =>
      path === '/v1r1/enterprise/users' ? { status: 200, body: { entries } } : undefined
    expect((await ask('ob@corp.example')).status).toBe(404)
    expect(await fieldsOf(await ask('BOB@corp.example'))).toEqual({ token: latchkey.helpLightning.users[1]?.token })
  })

  it('returns 404 if the provider responds with another user than the requested one', async () => {
    const [ann] = latchkey.helpLightning.users
    latchkey.helpLightning.plan = ({ path }) =>
      path.startsWith('/v1r1/enterprise/users/') ? { status: 200, body: ann } : undefined
    expect((await ask('bob@corp.example')).status).toBe(404)
  })

  it.each([
    ['', 'email'],
    ['ann', 'email'],
    ['ann@corp.example,name=x', 'email'],
    ['%@corp.example', 'email'],
    ['"a"@corp.example', 'email'],
    ['a b@corp.example', 'email'],
    ['a@corp.example\n', 'email'],
    [`${'a'.repeat(250)}@corp.example`, 'email'],
  ])('rejects %j with 400 and sends no provider request', async (email, field) => {
    const before = latchkey.helpLightning.calls.length
    const answer = await ask(email)
    expect([answer.status, await faultyFields(answer)]).toEqual([400, [field]])
    expect(latchkey.helpLightning.calls).toHaveLength(before)
    expect((await latchkey.call('/auth')).status).toBe(400)
  })

  it.each([
    ['is unavailable', 'never arrives', 503, 'provider_unavailable'],
    ['rejects the request', { status: 401 }, 502, 'provider_refused'],
    ['returns invalid data', 'garbage', 502, 'provider_answer_invalid'],
  ] as const)('returns an error when Help Lightning %s', async (_case, fault, status, code) => {
    latchkey.helpLightning.plan = () => fault
    const answer = await ask('bob@corp.example')
    expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code])
  })

  it('retries safe provider requests', async () => {
    let tries = 0
    latchkey.helpLightning.plan = () => (++tries % 2 === 1 ? { status: 503 } : undefined)
    expect((await ask('bob@corp.example')).status).toBe(200)
  })

  it('returns 503 if the user token cannot be stored', async () => {
    latchkey.database.plan = (command) => (command === 'PutItem' ? 'failing' : undefined)
    expect((await ask('bob@corp.example')).status).toBe(503)
  })
})

describe('GET /auth if it is closed', () => {
  beforeAll(async () => {
    process.env['OPEN_ENDPOINTS'] = 'none'
    await latchkey.anotherContainer()
  })

  it('accepts the person that a confidential client named, ignoring ASCII case', async () => {
    const bob = await authToken('confidential', 'session', 'Bob@Corp.example')
    expect((await ask('bob@corp.example', bearer(bob))).status).toBe(200)
    expect((await ask('BOB@CORP.EXAMPLE', bearer(bob))).status).toBe(404)
    const before = latchkey.helpLightning.calls.length
    const other = await ask('ann+test@corp.example', bearer(bob))
    expect([other.status, (await problemOf(other)).code]).toEqual([403, 'not_allowed'])
    expect(latchkey.helpLightning.calls).toHaveLength(before)
  })

  it('does not match names that differ beyond ASCII case', async () => {
    await latchkey.helpLightning.addUser('kate@corp.example')
    const kelvin = await authToken('confidential', 'session', '\u212aate@corp.example')
    expect((await ask('kate@corp.example', bearer(kelvin))).status).toBe(403)
    const server = await authToken('confidential', 'impersonate')
    const [, , kate] = latchkey.helpLightning.users
    const entries = [{ id: 7, email: '\u212aate@corp.example' }, { id: 8, email: 'KATE@corp.example' }, { ...kate }]
    latchkey.helpLightning.plan = ({ path }) =>
      path === '/v1r1/enterprise/users' ? { status: 200, body: { entries } } : undefined
    expect(await fieldsOf(await ask('kate@corp.example', bearer(server)))).toEqual({ token: kate?.token })
  })

  it('accepts a server with scope impersonate', async () => {
    const server = await authToken('confidential', 'impersonate')
    for (const email of ['bob@corp.example', 'ann+test@corp.example']) {
      expect((await ask(email, bearer(server))).status).toBe(200)
    }
  })

  it('rejects claimed, missing and out-of-scope participants', async () => {
    const before = latchkey.helpLightning.calls.length
    const claims = await authToken('public', 'session', 'bob@corp.example')
    expect((await ask('bob@corp.example', bearer(claims))).status).toBe(403)
    const unnamed = await authToken('confidential', 'session')
    expect((await ask('bob@corp.example', bearer(unnamed))).status).toBe(403)
    const upload = await authToken('confidential', 'upload', 'bob@corp.example')
    expect((await ask('bob@corp.example', bearer(upload))).status).toBe(403)
    expect((await ask('bob@corp.example')).status).toBe(401)
    expect(latchkey.helpLightning.calls).toHaveLength(before)
  })

  it.each(['HLSERVER_URL', 'HLSERVER_ENTERPRISE_ID', 'HLSERVER_PARTNER_KEY', 'HLSERVER_API_KEY'])(
    'returns 501 without %s',
    async (name) => {
      const server = await authToken('confidential', 'impersonate')
      const value = process.env[name]
      process.env[name] = ''
      await latchkey.anotherContainer()
      const answer = await ask('bob@corp.example', bearer(server))
      process.env[name] = value
      expect([answer.status, await problemOf(answer)]).toMatchObject([
        501,
        { code: 'provider_not_configured', detail: expect.stringContaining(name) },
      ])
    },
  )
})
