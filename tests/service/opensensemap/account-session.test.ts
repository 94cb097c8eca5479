// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { createHash, randomBytes } from 'node:crypto'
import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepEnvironment } from '../../support/environment.ts'
import { clock } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { times } from '../../support/shared-token.ts'

const HOUR = 3_600_000
const MINUTE = 60_000

let latchkey: Latchkey
let own: Record<string, string | undefined>
let restoreEnvironment: () => void
beforeAll(async () => {
  latchkey = await startLatchkey()
  own = { ...process.env }
  restoreEnvironment = keepEnvironment()
})
afterAll(() => latchkey.stop())

/** Modules with empty caches, like those of another container. */
async function container() {
  vi.resetModules()
  const { withAccountSession } = await import('../../../lib/opensensemap/account-session.ts')
  const { fetchAccountBoxes } = await import('../../../lib/opensensemap/client.ts')
  const { providerFailure } = await import('../../../lib/providers/errors.ts')
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const { Problem } = await import('../../../lib/core/problem.ts')
  const until = () => Date.now() + 90_000
  return {
    documents,
    Problem,
    asAccount: <T>(call: (jwt: string) => Promise<T>) => withAccountSession(until(), call),
    /** The JWT of a successful call. */
    jwt: () =>
      withAccountSession(until(), async (jwt) => {
        await fetchAccountBoxes(jwt, until())
        return jwt
      }),
    refuse: (status: number, reason?: string) =>
      providerFailure('provider_refused', { provider: 'X', operation: 'x', status, ...(reason && { reason }) }),
  }
}

let here: Awaited<ReturnType<typeof container>>
const EMAIL = () => own['SENSEMAP_EMAIL'] ?? ''
const keyOf = (account: string) => ({
  TableName: own['TOKENS_TABLE'],
  Key: {
    id: `provider#opensensemap#${createHash('sha256')
      .update(JSON.stringify([own['SENSEMAP_API'], account]))
      .digest('base64url')}`,
  },
})
const kept = async (account = EMAIL()) => (await here.documents.send(new GetCommand(keyOf(account)))).Item
const signIns = () => latchkey.openSenseMap.calls.map(({ path }) => path).filter((path) => path.startsWith('/users/s'))
const renewals = () =>
  latchkey.openSenseMap.calls.map(({ path }) => path.slice(7)).filter((path) => !path.startsWith('me'))

beforeEach(async () => {
  here = await container()
  for (const account of [EMAIL(), 'Latchkey', 'wrong']) await here.documents.send(new DeleteCommand(keyOf(account)))
  latchkey.openSenseMap.calls.length = 0
})
afterEach(() => {
  vi.useRealTimers()
  latchkey.openSenseMap.plan = () => undefined
  latchkey.openSenseMap.generation = 'classic'
  restoreEnvironment()
})

describe('the session of the account', () => {
  it('is created once for concurrent callers in two containers', async () => {
    const there = await container()
    latchkey.openSenseMap.plan = ({ path }) => (path === '/users/sign-in' ? 200 : undefined)
    const jwts = await times(12, (index) => (index % 2 ? here : there).jwt())
    expect(new Set(jwts).size).toBe(1)
    expect(signIns()).toEqual(['/users/sign-in'])
    expect(await (await container()).jwt()).toBe(jwts[0])
    expect(renewals()).toEqual(['sign-in'])
  })

  it('is stored encrypted until its JWT expires', async () => {
    const jwt = await here.jwt()
    const item = await kept()
    expect(item).toMatchObject({
      sealed: expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/),
      valid_until: (decodeJwt(jwt).exp ?? 0) * 1_000,
    })
    const text = JSON.stringify(item)
    for (const part of [...jwt.split('.'), EMAIL(), own['SENSEMAP_PASSWORD'] ?? '', 'refresh', 'token']) {
      expect(text).not.toContain(part)
    }
  })

  it('expires after one hour if its JWT has no expiry', async () => {
    clock()
    latchkey.openSenseMap.plan = () => ({ status: 200, body: { token: 'opaque', refreshToken: 'other' } })
    expect(await here.asAccount(async (jwt) => jwt)).toBe('opaque')
    expect(await kept()).toHaveProperty('valid_until', Date.now() + HOUR)
  })

  it('that SEAL_KEY does not decrypt is created again', async () => {
    await here.jwt()
    process.env['SEAL_KEY'] = randomBytes(32).toString('base64url')
    await (await container()).jwt()
    expect(renewals()).toEqual(['sign-in', 'sign-in'])
  })

  it('is separate for each account, and prefers the e-mail address', async () => {
    await here.jwt()
    Object.assign(process.env, { SENSEMAP_USERNAME: 'Latchkey' })
    await (await container()).jwt()
    expect(renewals()).toEqual(['sign-in'])
    process.env['SENSEMAP_EMAIL'] = ''
    await (await container()).jwt()
    expect(latchkey.openSenseMap.calls.flatMap(({ path, body }) => (path === '/users/sign-in' ? [body] : []))).toEqual([
      { email: EMAIL(), password: own['SENSEMAP_PASSWORD'] },
      { email: 'Latchkey', password: own['SENSEMAP_PASSWORD'] },
    ])
    expect(await kept('Latchkey')).toHaveProperty('sealed')
  })

  it.each([
    { SENSEMAP_EMAIL: '', SENSEMAP_USERNAME: '' },
    { SENSEMAP_PASSWORD: '' },
    { SENSEMAP_EMAIL: '', SENSEMAP_USERNAME: '', SENSEMAP_PASSWORD: '' },
  ])('fails without a call if settings are missing: %j', async (settings) => {
    Object.assign(process.env, settings)
    const { asAccount } = await container()
    const call = vi.fn()
    await expect(asAccount(call)).rejects.toMatchObject({
      code: 'provider_not_configured',
      message: expect.stringContaining('SENSEMAP_EMAIL or SENSEMAP_USERNAME and SENSEMAP_PASSWORD are missing'),
    })
    expect(call).not.toHaveBeenCalled()
    expect(latchkey.openSenseMap.calls).toEqual([])
  })
})

describe.each(['classic', 'successor'] as const)('the session with the %s API', (generation) => {
  beforeEach(() => {
    latchkey.openSenseMap.generation = generation
  })

  it('is renewed by its refresh token after four fifths of its lifetime', async () => {
    const at = clock()
    const first = await here.jwt()
    at(HOUR * 0.8 - 2_000)
    expect(await here.jwt()).toBe(first)
    at(HOUR * 0.8 + 1)
    const second = await here.jwt()
    expect(second).not.toBe(first)
    expect(await (await container()).jwt()).toBe(second)
    at(HOUR * 1.7)
    expect(await here.jwt()).not.toBe(second)
    expect(renewals()).toEqual(['sign-in', 'refresh-auth', 'refresh-auth'])
  })

  it('is renewed by its refresh token long after its expiry', async () => {
    const at = clock()
    await here.jwt()
    at(30 * HOUR)
    await (await container()).jwt()
    expect(renewals()).toEqual(['sign-in', 'refresh-auth'])
  })

  it('is renewed once for concurrent callers whose JWT is rejected', async () => {
    const at = clock()
    const there = await container()
    const first = await here.jwt()
    latchkey.openSenseMap.expireTokens()
    at(MINUTE + 1)
    const jwts = await times(8, (index) => (index % 2 ? here : there).jwt())
    expect(new Set(jwts).size).toBe(1)
    expect(jwts[0]).not.toBe(first)
    expect(renewals()).toEqual(['sign-in', 'refresh-auth'])
  })

  it('is created again if its refresh token was used or is too old', async () => {
    const at = clock()
    await here.jwt()
    latchkey.openSenseMap.expireTokens(true)
    at(MINUTE + 1)
    await here.jwt()
    at(9 * 24 * HOUR)
    await here.jwt()
    expect(renewals()).toEqual(['sign-in', 'refresh-auth', 'sign-in', 'refresh-auth', 'sign-in'])
  })

  it('is created again if the response to a refresh was lost', async () => {
    const at = clock()
    await here.jwt()
    at(2 * HOUR)
    latchkey.openSenseMap.plan = ({ path }) => (path === '/users/refresh-auth' ? 'answer lost' : undefined)
    await expect(here.jwt()).rejects.toMatchObject({ code: 'provider_unavailable' })
    expect(renewals()).toEqual(['sign-in', 'refresh-auth'])
    latchkey.openSenseMap.plan = () => undefined
    await here.jwt()
    expect(renewals()).toEqual(['sign-in', 'refresh-auth', 'refresh-auth', 'sign-in'])
  })
})

describe('a call with the session of the account', () => {
  const passed = () => clock()(MINUTE + 1)

  it.each([
    [401, undefined],
    [401, 'bad_token'],
    [403, 'bad_token'],
    [422, 'bad_token'],
  ])('that fails with %d for %s is retried once with a new JWT', async (status, reason) => {
    const first = await here.jwt()
    passed()
    const call = vi.fn(async (jwt: string) => {
      if (jwt === first) throw here.refuse(status, reason)
      return 'done'
    })
    expect(await here.asAccount(call)).toBe('done')
    expect(call).toHaveBeenCalledTimes(2)
    expect(renewals()).toEqual(['sign-in', 'refresh-auth'])
  })

  it('that is rejected twice is not retried again', async () => {
    await here.jwt()
    passed()
    const call = vi.fn(async () => {
      throw here.refuse(403, 'bad_token')
    })
    const refused = await here.asAccount(call).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'provider_refused',
      facts: { status: 403, reason: 'bad_token', provider: 'X' },
    })
    expect(call).toHaveBeenCalledTimes(2)
  })

  it('that rejects a fresh JWT is retried once with a new one, and then not for ten minutes', async () => {
    const call = vi.fn(async () => {
      throw here.refuse(403, 'bad_token')
    })
    await expect(here.asAccount(call)).rejects.toMatchObject({ facts: { status: 403, reason: 'bad_token' } })
    expect(call).toHaveBeenCalledTimes(2)
    await expect(here.asAccount(call)).rejects.toMatchObject({
      code: 'provider_refused',
      facts: { operation: 'log-in', provider: 'openSenseMap' },
    })
    expect(call).toHaveBeenCalledTimes(3)
    expect(renewals()).toHaveLength(2)
  })

  it.each([
    ['is rejected with 403 alone', () => here.refuse(403)],
    ['is rejected for another reason', () => here.refuse(404, 'other')],
    ['fails', () => new here.Problem('provider_unavailable', 'x', { facts: { status: 401, reason: 'bad_token' } })],
    ['throws', () => new TypeError('broken')],
  ])('that %s is not retried', async (_how, error) => {
    await here.jwt()
    passed()
    const failure = error()
    const call = vi.fn(async () => {
      throw failure
    })
    await expect(here.asAccount(call)).rejects.toBe(failure)
    expect(call).toHaveBeenCalledOnce()
    expect(renewals()).toEqual(['sign-in'])
  })
})

describe('a wrong password', () => {
  it('blocks all calls, and is not retried within a minute', async () => {
    const at = clock()
    process.env['SENSEMAP_PASSWORD'] = 'wrong'
    const [one, other] = [await container(), await container()]
    const call = vi.fn(async () => 'done')
    const refused = await Promise.allSettled([one.asAccount(call), other.asAccount(call), one.asAccount(call)])
    expect(refused.map((each) => each.status === 'rejected' && each.reason)).toEqual(
      Array(3).fill(expect.objectContaining({ code: 'provider_refused' })),
    )
    at(MINUTE - 1)
    for (const place of [one, other])
      await expect(place.asAccount(call)).rejects.toMatchObject({ code: 'provider_refused' })
    expect(renewals()).toEqual(['sign-in'])
    at(MINUTE + 1)
    await expect(other.asAccount(call)).rejects.toMatchObject({ facts: { status: 403, operation: 'sign-in' } })
    expect(renewals()).toEqual(['sign-in', 'sign-in'])
    expect(call).not.toHaveBeenCalled()
    at(2 * MINUTE + 2)
    process.env['SENSEMAP_PASSWORD'] = own['SENSEMAP_PASSWORD']
    expect(await (await container()).asAccount(call)).toBe('done')
  })

  it('has no effect while the session can be refreshed', async () => {
    const at = clock()
    await here.jwt()
    process.env['SENSEMAP_PASSWORD'] = 'wrong'
    at(2 * HOUR)
    await (await container()).jwt()
    expect(renewals()).toEqual(['sign-in', 'refresh-auth'])
  })
})
