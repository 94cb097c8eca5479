import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { problemOf } from '../../support/responses.ts'

const SHARED = 'the salt of all devices'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ CHECKSUM_SALTS: `["another shared salt","${SHARED}"]` })
})
afterAll(() => latchkey.stop())

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`
const BODY = '{"time":[1772442000],"co2":[612]}'

const upload = (authorization: string, headers: Record<string, string> = {}, path = '/upload', body = BODY) =>
  latchkey.call(path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', authorization, ...headers },
  })
const statusOf = async (authorization: string) => (await upload(authorization)).status
const signed = (salt: string, body = BODY) => ({
  'Content-SHA256-Salted': createHash('sha256').update(body).update(salt).digest('hex'),
})
const uploadSigned = (salt: string, path = '/upload') =>
  latchkey.call(path, { method: 'POST', body: BODY, headers: { 'content-type': 'application/json', ...signed(salt) } })

/** A client with a salt, and the pair that its devices send. */
async function device(salt = `salt ${randomUUID()}`) {
  const { client_id } = await latchkey.register({ checksum_salt: salt })
  return { client_id, salt, pair: `${client_id}:${salt}` }
}

const keyPath = (clientId: string, keyId = '') => `/clients/${clientId}/keys${keyId && `/${keyId}`}`
const key = z.object({
  key_id: z.string(),
  name: z.string().nullable(),
  salt: z.string().optional(),
  created_at: z.string(),
  last_used_at: z.string().nullish(),
})
async function addKey(clientId: string, body: Record<string, unknown>, headers: Record<string, string> = {}) {
  const answer = await latchkey.asAdmin(keyPath(clientId), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return answer
}
const added = async (clientId: string, name: string) => {
  const { salt = '', ...others } = key.parse(await (await addKey(clientId, { name })).json())
  return { salt, pair: `${clientId}:${salt}`, ...others }
}
const keysOf = async (clientId: string) =>
  z.object({ keys: z.array(key) }).parse(await (await latchkey.asAdmin(keyPath(clientId))).json()).keys
const removeKey = async (clientId: string, keyId: string) =>
  (await latchkey.asAdmin(keyPath(clientId, keyId), { method: 'DELETE' })).status

describe('a device key in a header', () => {
  it.each(['Basic', 'basic', 'BASIC'])('is accepted as %s', async (scheme) => {
    const { pair, client_id } = await device()
    const answer = await upload(`${scheme}  ${Buffer.from(pair).toString('base64')} `)
    expect(await answer.json()).toEqual({ 'saved-in-db': 1 })
    expect(await latchkey.rows(client_id)).toEqual([expect.objectContaining({ co2: 612, matched_checksums: null })])
  })

  it.each(['Token', 'token', 'TOKEN'])('is accepted as %s, as InfluxDB clients send it', async (scheme) => {
    const { pair, client_id } = await device()
    expect(await (await upload(`${scheme}  ${pair} `)).json()).toEqual({ 'saved-in-db': 1 })
    expect(await latchkey.rows(client_id)).toHaveLength(1)
  })

  it.each(['with:colons:in it:', 'a+b%20c%zz & =/', '  two  spaces  inside', 'grüße von 東京 🌡'])(
    'sends the salt %j as it is',
    async (text) => {
      const { pair } = await device(`${text}${randomUUID()}`)
      expect(await statusOf(basic(pair))).toBe(200)
      if (/^[!-~][ -~]*$/.test(pair)) expect(await statusOf(`Token ${pair}`)).toBe(200)
    },
  )

  it('of the shared client is a salt of CHECKSUM_SALTS', async () => {
    expect(await statusOf(basic(`default:${SHARED}`))).toBe(200)
    expect(await statusOf(basic('default:not a shared salt'))).toBe(401)
    const { client_id, salt } = await device()
    expect(await statusOf(basic(`default:${salt}`))).toBe(401)
    expect(await statusOf(basic(`${client_id}:${SHARED}`))).toBe(401)
  })

  it.each<[string, (pair: string, other: string) => string]>([
    ['a wrong salt', (pair) => basic(`${pair}x`)],
    ['a part of the salt', (pair) => basic(pair.slice(0, -1))],
    ['no salt', (pair) => basic(pair.slice(0, 33))],
    ['no colon', (pair) => basic(pair.replace(':', ' '))],
    ['another client', (pair, other) => basic(`${other}${pair.slice(32)}`)],
    ['an unknown client', (pair) => basic(`${'0'.repeat(32)}${pair.slice(32)}`)],
    ['what is not the id of a client', (pair) => basic(`nobody${pair.slice(32)}`)],
    ['form encoding', (pair) => basic(encodeURIComponent(pair))],
    ['two headers, which API Gateway joins', (pair) => `${basic(pair)},${basic(pair)}`],
    ['nothing', () => 'Basic'],
    ['what is not base64', (pair) => `Basic ${pair}`],
    ['base64 as a token', (pair) => `Token ${Buffer.from(pair).toString('base64')}`],
    ['an empty token', () => 'Token'],
    ['invalid UTF-8', (pair) => `Basic ${Buffer.concat([Buffer.from(pair), Buffer.of(0xff)]).toString('base64')}`],
  ])('is rejected with %s', async (_what, authorizationOf) => {
    const [{ pair }, other] = [await device(), await device()]
    const answer = await upload(authorizationOf(pair, other.client_id))
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate') ?? '').not.toContain('Basic')
    const problem = await problemOf(answer)
    expect(problem.code).toBe('credentials_invalid')
    expect(JSON.stringify(problem)).not.toContain(pair.slice(33))
  })

  it('costs an unknown client the same reads as a wrong salt', async () => {
    const { client_id } = await device()
    const readsOf = async (id: string) => {
      latchkey.database.commands.length = 0
      await upload(basic(`${id}:a wrong salt ${randomUUID()}`))
      return latchkey.database.commands.toSorted()
    }
    const unknown = await readsOf('f'.repeat(32))
    expect(unknown.filter((command) => command === 'GetItem')).toHaveLength(3)
    expect(await readsOf(client_id)).toEqual(unknown)
  })

  it('is rejected at every other endpoint', async () => {
    const { pair, client_id } = await device()
    for (const path of [`/download?client_id=${client_id}`, `/series?client_id=${client_id}`, keyPath(client_id)]) {
      for (const authorization of [basic(pair), `Token ${pair}`]) {
        expect((await latchkey.call(path, { headers: { authorization } })).status).toBe(401)
      }
    }
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    const { status } = await latchkey.call('/token', { method: 'POST', headers: { authorization: basic(pair) }, body })
    expect(status).toBe(401)
  })

  it('is not an auth token after Token, which names the credentials that are missing', async () => {
    const { client_id } = await device()
    const answer = await upload(`Token ${await latchkey.token(client_id)}`)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([401, 'credentials_missing'])
    const dotted = await device(`a.b.c ${randomUUID()}`)
    expect(await statusOf(`Token ${dotted.pair}`)).toBe(200)
  })

  it('comes after a token and a checksum', async () => {
    const [one, other] = [await device(), await device()]
    const both = await upload(basic('a proxy:its password'), signed(one.salt), `/upload?client_id=${one.client_id}`)
    expect(both.status).toBe(200)
    expect((await upload(basic(other.pair), signed('a wrong salt of a device'))).status).toBe(401)
    expect(await latchkey.rows(other.client_id)).toEqual([])
  })

  it('is checked before the body is parsed', async () => {
    const answer = await upload(basic('nobody:knows'), {}, '/upload', 'not json')
    expect(answer.status).toBe(401)
  })

  it('is rejected while its client is disabled, and after it was deleted', async () => {
    const { pair, client_id } = await device()
    const admin = await import('../../../lib/clients/store-admin.ts')
    await admin.setClientStatus(client_id, 'disabled')
    expect(await statusOf(basic(pair))).toBe(401)
    await admin.setClientStatus(client_id, 'active')
    expect(await statusOf(basic(pair))).toBe(200)
    await admin.deleteClient(client_id)
    expect(await statusOf(basic(pair))).toBe(401)
  })
})

describe('several device keys', () => {
  it('are valid side by side, in headers and checksums, until they are removed', async () => {
    const { client_id, salt, pair } = await device()
    const first = await added(client_id, 'greenhouse')
    expect([await statusOf(basic(pair)), await statusOf(`Token ${first.pair}`)]).toEqual([200, 200])
    for (const each of [salt, first.salt]) {
      expect((await uploadSigned(each)).status).toBe(200)
      expect((await uploadSigned(each, `/upload?client_id=${client_id}`)).status).toBe(200)
    }
    const [registered, greenhouse] = await keysOf(client_id)
    expect(registered).toMatchObject({ name: null })
    expect(greenhouse).toMatchObject({ key_id: first.key_id, name: 'greenhouse', created_at: first.created_at })
    expect(await removeKey(client_id, registered?.key_id ?? '')).toBe(204)
    expect([await statusOf(basic(pair)), await statusOf(basic(first.pair))]).toEqual([401, 200])
    expect((await uploadSigned(salt)).status).toBe(401)
    expect((await uploadSigned(salt, `/upload?client_id=${client_id}`)).status).toBe(401)
    expect((await uploadSigned(first.salt)).status).toBe(200)
    expect(await removeKey(client_id, first.key_id)).toBe(204)
    expect(await removeKey(client_id, first.key_id)).toBe(404)
    expect(await keysOf(client_id)).toEqual([])
    expect(await statusOf(basic(first.pair))).toBe(401)
  })

  it('can be added to a client that was registered without a salt', async () => {
    const { client_id } = await latchkey.register()
    expect(await keysOf(client_id)).toEqual([])
    const { salt, pair } = await added(client_id, 'roof')
    expect(salt).toHaveLength(43)
    expect(await statusOf(basic(pair))).toBe(200)
    expect((await uploadSigned(salt)).status).toBe(200)
  })

  it('belong to one client each, and can return after their removal', async () => {
    const [one, other] = [await device(), await device()]
    const inUse = { errors: [{ field: 'salt', detail: 'is already in use: choose another random salt' }] }
    for (const salt of [one.salt, other.salt, SHARED]) {
      const answer = await addKey(one.client_id, { name: 'copy', salt })
      expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining(inUse)])
    }
    const [{ key_id = '' } = {}] = await keysOf(one.client_id)
    expect(await removeKey(one.client_id, key_id)).toBe(204)
    expect((await addKey(other.client_id, { name: 'moved', salt: one.salt })).status).toBe(200)
    expect(await statusOf(basic(one.pair))).toBe(401)
    expect(await statusOf(basic(`${other.client_id}:${one.salt}`))).toBe(200)
  })

  it('are ten at most, also with concurrent requests', async () => {
    const { client_id } = await latchkey.register()
    const statuses = await Promise.all(
      Array.from({ length: 14 }, async (_, index) => (await addKey(client_id, { name: `device ${index}` })).status),
    )
    expect(statuses.toSorted()).toEqual([...Array(10).fill(200), ...Array(4).fill(400)])
    const keys = await keysOf(client_id)
    expect(keys).toHaveLength(10)
    const refused = await problemOf(await addKey(client_id, { name: 'one more' }))
    expect(refused.detail).toBe('client_id has 10 device keys already: remove one first.')
    expect(await Promise.all(keys.map(({ key_id }) => removeKey(client_id, key_id)))).toEqual(Array(10).fill(204))
    expect(await keysOf(client_id)).toEqual([])
  })

  it('cannot have one salt twice, also with concurrent requests', async () => {
    const { client_id } = await latchkey.register()
    const body = { name: 'firmware', salt: `salt ${randomUUID()}` }
    const statuses = await Promise.all(Array.from({ length: 6 }, async () => (await addKey(client_id, body)).status))
    expect(statuses.toSorted()).toEqual([200, 400, 400, 400, 400, 400])
    expect(await keysOf(client_id)).toHaveLength(1)
  })

  it.each(['PutItem', 'UpdateItem'])('is added once if the response to %s is lost', async (lost) => {
    const { client_id } = await latchkey.register()
    let isLost = false
    latchkey.database.plan = (command) => {
      if (command !== lost || isLost) return undefined
      isLost = true
      return 'answer lost'
    }
    const { salt, pair } = await added(client_id, 'roof')
    latchkey.database.plan = () => undefined
    expect([isLost, salt.length, await statusOf(basic(pair))]).toEqual([true, 43, 200])
    expect(await keysOf(client_id)).toHaveLength(1)
  })

  it('is removed if the response of the database is lost', async () => {
    const { client_id, pair } = await device()
    const [{ key_id = '' } = {}] = await keysOf(client_id)
    let isLost = false
    latchkey.database.plan = (command) => {
      if (command !== 'UpdateItem' || isLost) return undefined
      isLost = true
      return 'answer lost'
    }
    expect([await removeKey(client_id, key_id), isLost]).toEqual([204, true])
    latchkey.database.plan = () => undefined
    expect(await statusOf(basic(pair))).toBe(401)
  })

  it('are created once per Idempotency-Key', async () => {
    const { client_id } = await latchkey.register()
    const again = async () => (await addKey(client_id, { name: 'roof' }, { 'idempotency-key': 'one' })).json()
    expect(await again()).toEqual(await again())
    expect(await keysOf(client_id)).toHaveLength(1)
  })

  it('have a name, and a salt that cannot be guessed', async () => {
    const { client_id } = await latchkey.register()
    for (const body of [{}, { name: '' }, { name: 'x', salt: 'short' }, { name: 'x', expires: 1 }]) {
      expect((await addKey(client_id, body)).status).toBe(400)
    }
    expect((await addKey('f'.repeat(32), { name: 'x' })).status).toBe(404)
    expect(await removeKey('f'.repeat(32), '0'.repeat(12))).toBe(404)
    expect(await removeKey(client_id, 'not an id')).toBe(400)
  })

  it('are invalid after an interrupted removal, and can be added again a minute later', async () => {
    const { client_id, pair, salt } = await device()
    const [{ key_id = '' } = {}] = await keysOf(client_id)
    latchkey.database.plan = (command) => (command === 'DeleteItem' ? 'failing' : undefined)
    expect(await removeKey(client_id, key_id)).toBe(204)
    latchkey.database.plan = () => undefined
    expect(await statusOf(basic(pair))).toBe(401)
    expect((await addKey(client_id, { name: 'again', salt })).status).toBe(400)
    const { claimSalt } = await import('../../../lib/clients/store-salts.ts')
    expect(await claimSalt(salt, client_id, Date.now() + 61_000)).toBe(true)
  })
})

it('a client with a salt that SEAL_KEY does not decrypt can still remove it', async () => {
  const { client_id } = await device()
  const { addSalt } = await import('../../../lib/clients/store-device-keys.ts')
  expect(await addSalt('f'.repeat(32), 'not encrypted')).toBe(false)
  expect(await addSalt(client_id, 'not encrypted')).toBe(true)
  const [, unreadable] = await keysOf(client_id)
  expect(unreadable).toMatchObject({ name: null, last_used_at: null })
  expect(await removeKey(client_id, unreadable?.key_id ?? '')).toBe(204)
  expect(await keysOf(client_id)).toHaveLength(1)
})

describe('the last use of a device key', () => {
  const isUse = (command: string, body: string) => command === 'UpdateItem' && body.includes('salt#')
  const lastUses = async (clientId: string) => (await keysOf(clientId)).map(({ last_used_at }) => last_used_at)

  it('is stored for header and checksum, once in an hour', async () => {
    const { client_id, salt, pair } = await device()
    const other = await added(client_id, 'roof')
    expect(await lastUses(client_id)).toEqual([null, null])
    const before = new Date().toISOString()
    expect(await statusOf(basic(pair))).toBe(200)
    await expect.poll(() => lastUses(client_id)).toEqual([expect.any(String), null])
    expect(((await lastUses(client_id))[0] ?? '') >= before).toBe(true)
    expect((await uploadSigned(other.salt)).status).toBe(200)
    await expect.poll(() => lastUses(client_id)).toEqual([expect.any(String), expect.any(String)])
    const stored = await lastUses(client_id)
    let writes = 0
    latchkey.database.plan = (command, body) => {
      if (isUse(command, body)) writes += 1
      return undefined
    }
    // Two containers, of which the second has no memory of the use.
    for (const container of [latchkey, await latchkey.anotherContainer()]) {
      expect((await container.call('/health')).status).toBe(200)
      for (const authorization of [basic(pair), `Token ${other.pair}`]) expect(await statusOf(authorization)).toBe(200)
      expect((await uploadSigned(salt)).status).toBe(200)
    }
    latchkey.database.plan = () => undefined
    expect(writes).toBe(0)
    expect(await lastUses(client_id)).toEqual(stored)
  })

  it('is replaced after an hour, and never for a key that was removed', async () => {
    const { client_id, salt, pair } = await device()
    await statusOf(basic(pair))
    await expect.poll(() => lastUses(client_id)).toEqual([expect.any(String)])
    const { recordSaltUse } = await import('../../../lib/clients/store-salts.ts')
    const later = Date.now() + 3_601_000
    expect(await recordSaltUse(salt, later)).toBe(later)
    expect(await recordSaltUse(salt, later + 3_599_000)).toBe(later)
    expect(await lastUses(client_id)).toEqual([new Date(later).toISOString()])
    const [{ key_id = '' } = {}] = await keysOf(client_id)
    await removeKey(client_id, key_id)
    await recordSaltUse(salt, later)
    expect((await addKey(client_id, { name: 'again', salt })).status).toBe(200)
    expect(await lastUses(client_id)).toEqual([null])
  })

  it('fails no upload', async () => {
    const { client_id, pair } = await device()
    let attempts = 0
    latchkey.database.plan = (command, body) => {
      if (!isUse(command, body)) return undefined
      attempts += 1
      return 'failing'
    }
    expect(await statusOf(basic(pair))).toBe(200)
    // The SDK sends a command three times.
    await expect.poll(() => attempts).toBe(3)
    latchkey.database.plan = () => undefined
    await expect
      .poll(async () => {
        await upload(basic(pair))
        return lastUses(client_id)
      })
      .toEqual([expect.any(String)])
  })
})

describe('wrong device keys', () => {
  it('are rejected with 429 after 20 of one client, the right key is accepted', async () => {
    const { pair } = await device()
    const answers = await Promise.all(Array.from({ length: 21 }, () => upload(basic(`${pair}x`))))
    const limited = answers.filter(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(20)
    expect(limited).toHaveLength(1)
    expect(Number(limited[0]?.headers.get('retry-after'))).toBeGreaterThan(500)
    expect(await statusOf(basic(pair))).toBe(200)
  })

  it('are rejected with 429 after 50 of one address, without a look-up, while servers and tokens work', async () => {
    const { client_id, pair } = await device()
    for (let index = 0; index < 50; index += 1) await upload(`Token ${String(index).padStart(32, 'e')}:a wrong salt`)
    latchkey.database.commands.length = 0
    const answer = await upload(`Token ${pair}`)
    expect(answer.status).toBe(429)
    expect((await problemOf(answer)).code).toBe('too_many_attempts')
    expect(latchkey.database.commands).toEqual(['GetItem'])
    expect((await latchkey.upload(await latchkey.token(client_id), BODY)).status).toBe(200)
    const server = await latchkey.register({ kind: 'confidential' })
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    const headers = { authorization: basic(`${server.client_id}:${server.client_secret}`) }
    expect((await latchkey.call('/token', { method: 'POST', headers, body })).status).toBe(200)
  })
})
