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

/** An auth token of a client of its own. */
async function authToken(kind: 'public' | 'confidential', scope: string, participant?: string): Promise<string> {
  const { client_id, client_secret = '' } = await latchkey.register({ kind, scope })
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
  const query = new URLSearchParams({ client_id, ...(participant && { participant_id: participant }) })
  const headers = { accept: 'application/json', ...(kind === 'confidential' && { authorization }) }
  return String((await fieldsOf(await latchkey.call(`/token?${query}`, { headers })))['auth_token'])
}

describe('GET /auth', () => {
  it('answers the user token of an e-mail address, asked for as documented', async () => {
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

  it('answers 404 for an address that nobody has', async () => {
    const answer = await ask('nobody@corp.example')
    expect([answer.status, (await problemOf(answer)).code]).toEqual([404, 'not_found'])
  })

  it('never answers with somebody else, whatever the filter lets through', async () => {
    const entries = latchkey.helpLightning.users.map((user) => ({ ...user }))
    latchkey.helpLightning.plan = ({ path }) =>
      path === '/v1r1/enterprise/users' ? { status: 200, body: { entries } } : undefined
    expect((await ask('ob@corp.example')).status).toBe(404)
    expect(await fieldsOf(await ask('BOB@corp.example'))).toEqual({ token: latchkey.helpLightning.users[1]?.token })
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
  ])('refuses %j and asks nobody', async (email, field) => {
    const before = latchkey.helpLightning.calls.length
    const answer = await ask(email)
    expect([answer.status, await faultyFields(answer)]).toEqual([400, [field]])
    expect(latchkey.helpLightning.calls).toHaveLength(before)
    expect((await latchkey.call('/auth')).status).toBe(400)
  })

  it.each([
    ['is gone', 'never arrives', 503, 'provider_unavailable'],
    ['refuses', { status: 401 }, 502, 'provider_refused'],
    ['talks rubbish', 'garbage', 502, 'provider_answer_invalid'],
  ] as const)('when Help Lightning %s says so', async (_case, fault, status, code) => {
    latchkey.helpLightning.plan = () => fault
    const answer = await ask('bob@corp.example')
    expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code])
  })

  it('tries again what is safe', async () => {
    let tries = 0
    latchkey.helpLightning.plan = () => (++tries % 2 === 1 ? { status: 503 } : undefined)
    expect((await ask('bob@corp.example')).status).toBe(200)
  })

  it('gives no token that it could not remember: it would not take it', async () => {
    latchkey.database.plan = (command) => (command === 'PutItem' ? 'failing' : undefined)
    expect((await ask('bob@corp.example')).status).toBe(503)
  })
})

describe('GET /auth where it is closed', () => {
  beforeAll(async () => {
    process.env['OPEN_ENDPOINTS'] = 'none'
    await latchkey.anotherContainer()
  })

  it('is for the person whom a confidential client has named, letters compared without case', async () => {
    const bob = await authToken('confidential', 'session', 'Bob@Corp.example')
    expect((await ask('bob@corp.example', bearer(bob))).status).toBe(200)
    expect((await ask('BOB@CORP.EXAMPLE', bearer(bob))).status).toBe(404)
    const before = latchkey.helpLightning.calls.length
    const other = await ask('ann+test@corp.example', bearer(bob))
    expect([other.status, (await problemOf(other)).code]).toEqual([403, 'not_allowed'])
    expect(latchkey.helpLightning.calls).toHaveLength(before)
  })

  it('is for nobody whose name only looks the same: beyond ASCII, letters turn into others', async () => {
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

  it('is for a server that may impersonate', async () => {
    const server = await authToken('confidential', 'impersonate')
    for (const email of ['bob@corp.example', 'ann+test@corp.example']) {
      expect((await ask(email, bearer(server))).status).toBe(200)
    }
  })

  it('is for nobody who only says so, or who says nothing', async () => {
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

  it('says plainly that Help Lightning was not set up', async () => {
    const server = await authToken('confidential', 'impersonate')
    process.env['HLSERVER_API_KEY'] = ''
    await latchkey.anotherContainer()
    const answer = await ask('bob@corp.example', bearer(server))
    expect([answer.status, (await problemOf(answer)).code]).toEqual([501, 'provider_not_configured'])
  })
})
