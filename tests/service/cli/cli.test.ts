// @module-tag local-only
// The command line works on tables and parameters of its own.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { readTemplate } from '../../../dev/template.ts'
import { makeSigningKey } from '../../../lib/crypto/deployment-secrets.ts'
import { encrypt } from '../../../lib/crypto/encryption.ts'
import { secretDigest } from '../../../lib/crypto/secrets.ts'
import { type FakeSsm, latchkeyCommand, startFakeSsm } from '../../support/cli.ts'
import { type FaultyDatabase, makeStageTables, startDatabase } from '../../support/database.ts'

/** The command line against the tables and parameters of a deployed stage. */
let ssm: FakeSsm
let database: FaultyDatabase
let tables: DynamoDBDocumentClient
beforeAll(async () => {
  ssm = await startFakeSsm()
  const { tables: local } = await readTemplate(inject('templateFile'))
  database = await startDatabase()
  await makeStageTables(database, local, 'prod')
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' }
  const client = new DynamoDBClient({ endpoint: database.endpoint, region: 'eu-central-1', credentials })
  tables = DynamoDBDocumentClient.from(client)
  await latchkey('setup')
})
afterAll(async () => {
  tables.destroy()
  ssm.stop()
  await database.stop()
})

const latchkey = (...args: string[]) => onStage('prod', ...args)
const onStage = (stage: string, ...args: string[]) =>
  latchkeyCommand(
    {
      AWS_ENDPOINT_URL_SSM: ssm.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: database.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
      // Settings of this shell belong to another stage, and must not be used.
      SEAL_KEY: 'x',
      SIGNING_KEYS: 'x',
    },
    [...args, '--stage', stage],
  )

/** The JSON output of a command, which must succeed and print nothing else. */
async function json(...args: string[]) {
  const { code, stdout, stderr } = await latchkey(...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}
const failure = (stderr: string) => ({ code: 1, stdout: '', stderr: `${stderr}\n` })
const usageError = (stderr: string) => ({ code: 2, stdout: '', stderr: `${stderr}\n` })
const put = (table: string, Item: Record<string, unknown>) =>
  tables.send(new PutCommand({ TableName: `latchkey-prod-${table}`, Item }))
const create = (...args: string[]) => json('clients', 'create', '--callback-url', 'https://app.example/', ...args)

describe('latchkey clients', () => {
  it('creates, lists and shows clients without digests and salts', async () => {
    const made = await create('--name', 'App \u001b[31m', '--kind', 'confidential', '--scope', 'upload webhook')
    expect(Object.keys(made)).toEqual(['client_id', 'client_secret'])
    const salted = await create('--checksum-salt', 'a-salt-of-its-own')
    expect(Object.keys(salted)).toEqual(['client_id'])
    const { clients } = await json('clients', 'list')
    expect(clients.find((each: { client_id: string }) => each.client_id === made.client_id)).toEqual({
      client_id: made.client_id,
      name: 'App \u001b[31m',
      kind: 'confidential',
      scope: ['upload', 'webhook'],
      dpop_bound: false,
      status: 'active',
      created_at: expect.any(String),
      secrets: 1,
      upload: null,
    })
    const list = await latchkey('clients', 'list')
    expect(list.stdout).toContain(made.client_id)
    expect(list.stdout).not.toContain('\u001b')
    expect(await json('clients', 'show', salted.client_id)).toMatchObject({
      callback_url: 'https://app.example/',
      salts: 1,
      secrets: [],
      tokens_valid_after: null,
    })
    const shown = await latchkey('clients', 'show', made.client_id)
    expect(shown.stdout).toMatch(/\nsecrets: created \S+\ndevice keys: 0\n$/)
    expect(shown.stdout).not.toContain('sha256')
  })

  it('creates a client with several callback URLs, and replaces them', async () => {
    const app = 'com.example.app:/cb'
    const { client_id } = await create('--callback-url', app, '--callback-url', 'https://b.example')
    const urls = async () => {
      const { callback_url, callback_urls } = await json('clients', 'show', client_id)
      return [callback_url, ...callback_urls]
    }
    expect(await urls()).toEqual(['https://app.example/', app, 'https://b.example/'])
    expect((await latchkey('clients', 'show', client_id)).stdout).toContain(
      `callback_urls: ${app} https://b.example/\n`,
    )
    const set = (...texts: string[]) => latchkey('clients', 'set-callbacks', client_id, ...texts)
    expect((await set(app, 'https://c.example', app)).stdout).toBe(
      `Client ${client_id} has the callback URLs ${app}, https://c.example/.\n`,
    )
    expect(await urls()).toEqual([app, 'https://c.example/'])
    expect(await json('clients', 'set-callbacks', client_id, 'https://d.example/')).toEqual({
      client_id,
      callback_url: 'https://d.example/',
      callback_urls: [],
    })
    expect(await urls()).toEqual(['https://d.example/'])
    expect((await latchkey('clients', 'show', client_id)).stdout).not.toMatch(/callback_urls|audience/)
    expect(await set('javascript:alert(1)')).toEqual(
      usageError(
        '--callback-url must be an http or https URL, or have the scheme of an app such as com.example.app:/callback.',
      ),
    )
    expect(await set('https://d.example/', 'http://localhost/')).toEqual(
      usageError('--callback-url must have a public host.'),
    )
    expect((await set(...Array.from({ length: 12 }, (_, index) => `https://d.example/${index}`))).code).toBe(2)
    expect((await set()).code).toBe(2)
    expect(await latchkey('clients', 'set-callbacks', '0'.repeat(32), app)).toEqual(
      failure('There is no such client: clients list shows all of them.'),
    )
    expect(await urls()).toEqual(['https://d.example/'])
  })

  it('requires tokens of a client to be bound to a key, and no longer', async () => {
    const { client_id } = await create('--dpop-bound')
    expect(await json('clients', 'show', client_id)).toMatchObject({ dpop_bound: true })
    expect((await latchkey('clients', 'show', client_id)).stdout).toContain('dpop_bound: yes\n')
    expect((await latchkey('clients', 'set', client_id, '--no-dpop-bound')).stdout).toBe(
      `Client ${client_id} has plain tokens, and bound ones if it sends a proof. Tokens that it already has keep theirs: clients revoke-tokens revokes them.\n`,
    )
    expect((await latchkey('clients', 'show', client_id)).stdout).not.toContain('dpop_bound')
    expect(await json('clients', 'set', client_id, '--dpop-bound')).toEqual({ client_id, dpop_bound: true })
    expect(await latchkey('clients', 'create', '--token', '--dpop-bound')).toEqual(
      usageError('--token issues a plain token, which --dpop-bound forbids.'),
    )
  })

  it('applies the rules of POST /register', async () => {
    const tried = (...args: string[]) => latchkey('clients', 'create', ...args)
    const salt = 'a-salt-taken-once'
    await create('--checksum-salt', salt)
    expect(await tried('--callback-url', 'http://localhost/')).toEqual(
      usageError('--callback-url must have a public host.'),
    )
    expect(await tried('--callback-url', 'https://a.example', '--checksum-salt', salt)).toEqual(
      usageError('--checksum-salt is already in use: choose another random salt.'),
    )
    expect(await tried('--callback-url', 'https://a.example', '--scope', 'webhook')).toEqual(
      usageError('--scope can contain webhook only if kind is confidential.'),
    )
    expect(await tried('--callback-url', 'https://a.example', '--kind', 'odd', '--scope', 'secret-thing')).toEqual(
      usageError(
        '--kind must be public, confidential or attested; --scope must be scopes separated by spaces, out of upload, download, delete, start, session, webhook, events, access-token, impersonate, introspect.',
      ),
    )
    expect((await tried()).stderr).toMatch(/Required option|Set --callback-url, or --token/)
  })

  it('warns of a short salt that was registered before salts had a minimum length', async () => {
    const client_id = 'c0'.repeat(16)
    const salt = (text: string) => encrypt(text, Buffer.alloc(32))
    await put('clients', {
      client_id,
      kind: 'public',
      callback_url: 'https://app.example/',
      scope: ['upload'],
      secrets: [],
      salts: [await salt('fifteen letters'), await salt('sixteen letters!')],
      salted: 'yes',
      status: 'active',
      created_at: new Date().toISOString(),
    })
    const warning =
      '1 salt has fewer than 16 characters and can be guessed: replace it with clients add-key and clients remove-key.'
    expect(await json('clients', 'show', client_id)).toMatchObject({ salts: 2, warnings: [warning] })
    expect((await latchkey('clients', 'show', client_id)).stdout).toMatch(`device keys: 2\nwarning: ${warning}\n`)
    const { client_id: other } = await create('--checksum-salt', 'a salt that is long enough')
    expect(await json('clients', 'show', other)).toMatchObject({ salts: 1, warnings: [] })
    expect(
      (await latchkey('clients', 'create', '--callback-url', 'https://a.example', '--checksum-salt', 'x')).stderr,
    ).toBe('--checksum-salt must have at least 16 characters: openssl rand -hex 16 creates one.\n')
  })

  it('adds, lists and removes device keys, and prints a salt once', async () => {
    const { client_id } = await create('--checksum-salt', 'the salt of the registration')
    const key = await json('clients', 'add-key', client_id, '--name', 'green\u001bhouse')
    expect(key).toMatchObject({ client_id, name: 'green\u001bhouse', salt: expect.stringMatching(/^[\w-]{43}$/) })
    const { keys } = await json('clients', 'keys', client_id)
    expect(keys).toEqual([
      { key_id: expect.any(String), name: null, created_at: expect.any(String), last_used_at: null },
      { key_id: key.key_id, name: 'green\u001bhouse', created_at: key.created_at, last_used_at: null },
    ])
    const list = await latchkey('clients', 'keys', client_id)
    expect(list.stdout).toMatch(/^key_id +name +created_at +last_used_at\n\S+ +- .+\n\S+ +green\ufffdhouse .+ -\n$/)
    expect(await json('clients', 'show', client_id)).toMatchObject({ salts: 2 })
    expect((await latchkey('clients', 'remove-key', client_id, key.key_id)).stdout).toBe(
      `The key ${key.key_id} of client ${client_id} is removed.\n`,
    )
    expect(await latchkey('clients', 'remove-key', client_id, key.key_id)).toEqual(
      failure('The client has no device key with this id.'),
    )
    const add = (...args: string[]) => latchkey('clients', 'add-key', client_id, ...args)
    expect((await add('--name', 'flashed', '--salt', 'a salt in firmware')).stdout).toContain(
      '\nsalt: a salt in firmware\n',
    )
    expect(await add('--name', 'copy', '--salt', 'a salt in firmware')).toEqual(
      usageError('--salt is already in use: choose another random salt.'),
    )
    expect((await add()).stderr).toMatch(/Required option|Set --callback-url, or --token/)
    for (const args of [['keys'], ['add-key', '--name', 'x'], ['remove-key', '0'.repeat(12)]]) {
      const [verb = '', ...others] = args
      expect(await latchkey('clients', verb, 'f'.repeat(32), ...others)).toEqual(failure('There is no such client.'))
    }
  })

  it('replaces the scopes of a client, with the rules of POST /register', async () => {
    const { client_id } = await create('--scope', 'upload download')
    const set = (id: string, scope: string) => latchkey('clients', 'set', id, '--scope', scope)
    expect(await json('clients', 'set', client_id, '--scope', 'upload download delete')).toEqual({
      client_id,
      scope: ['upload', 'download', 'delete'],
    })
    expect(await json('clients', 'show', client_id)).toMatchObject({ scope: ['upload', 'download', 'delete'] })
    expect((await set(client_id, 'upload')).stdout).toBe(
      `Client ${client_id} has the scope upload. Tokens that it already has keep theirs: clients revoke-tokens revokes them.\n`,
    )
    expect(await set(client_id, 'upload webhook')).toEqual(
      usageError('--scope can contain webhook only if kind is confidential.'),
    )
    expect(await set(client_id, 'upload introspect')).toEqual(
      usageError('--scope can contain introspect only if kind is confidential.'),
    )
    expect((await set(client_id, 'everything')).stderr).toMatch(/^--scope must be scopes separated by spaces, out of /)
    expect(await json('clients', 'show', client_id)).toMatchObject({ scope: ['upload'] })
  })

  it('registers and replaces the audiences of a client', async () => {
    const { client_id } = await create('--audience', 'https://api.example.com  billing')
    expect(await json('clients', 'show', client_id)).toMatchObject({ audience: ['https://api.example.com', 'billing'] })
    const set = (...args: string[]) => latchkey('clients', 'set', client_id, ...args)
    expect(await json('clients', 'set', client_id, '--audience', 'billing')).toEqual({
      client_id,
      audience: ['billing'],
    })
    expect((await set('--scope', 'download', '--audience', 'urn:a b')).stdout).toBe(
      ['the scope download', 'the audience urn:a b']
        .map(
          (change) =>
            `Client ${client_id} has ${change}. Tokens that it already has keep theirs: clients revoke-tokens revokes them.\n`,
        )
        .join(''),
    )
    expect(await json('clients', 'show', client_id)).toMatchObject({ scope: ['download'], audience: ['urn:a', 'b'] })
    expect((await set('--audience', 'https://a.example/#x')).stderr).toMatch(
      /^--audience must consist of absolute URIs/,
    )
    expect(await set()).toEqual(
      usageError('Set --scope, --audience, --dpop-bound, --no-dpop-bound, --upload or --no-upload.'),
    )
    expect((await set('--audience', '')).stdout).toContain('has no audience besides Latchkey.')
    expect(await json('clients', 'show', client_id)).toMatchObject({ scope: ['download'], audience: [] })
    expect(await latchkey('clients', 'set', 'f'.repeat(32), '--audience', 'a')).toEqual(
      failure('There is no such client: clients list shows all of them.'),
    )
  })

  it('registers, shows, replaces and removes upload options, with the rules of POST /register', async () => {
    const pairs = ['--upload', 'time_format=%d.%m.%Y %H:%M', '--upload', 'tz=Europe/Berlin']
    const upload = { time_format: '%d.%m.%Y %H:%M', tz: 'Europe/Berlin' }
    const made = await create(...pairs)
    expect(made).toMatchObject({ upload })
    const id = made.client_id
    const set = (...options: string[]) => latchkey('clients', 'set', id, ...options)
    expect(await json('clients', 'show', id)).toMatchObject({ upload })
    expect((await latchkey('clients', 'show', id)).stdout).toContain(
      '\nupload: time_format=%d.%m.%Y %H:%M tz=Europe/Berlin\n',
    )
    expect((await latchkey('clients', 'list')).stdout).toMatch(/ {2}time_format=%d\.%m\.%Y %H:%M tz=Europe\/Berlin$/m)

    expect(await json('clients', 'set', id, '--upload', 'strict=true', '--scope', 'upload download')).toEqual({
      ...{ client_id: id, scope: ['upload', 'download'] },
      upload: { strict: 'true' },
    })
    expect((await set('--upload', 'skip=1')).stdout).toBe(`Client ${id} has the upload options skip=1.\n`)
    for (const [pair, error] of [
      ['tz=Berlin', '--upload.tz must be an IANA time zone, such as Europe/Berlin.'],
      ['columns=a,b', '--upload.columns requires header=absent.'],
      ['zone=UTC', '--upload.zone is unknown.'],
      ['tz', '--upload must be name=value, such as tz=Europe/Berlin: repeat it for each option.'],
    ] as const) {
      expect(await set('--upload', pair)).toEqual(usageError(error))
    }
    expect(await set()).toEqual(
      usageError('Set --scope, --audience, --dpop-bound, --no-dpop-bound, --upload or --no-upload.'),
    )
    expect(await json('clients', 'show', id)).toMatchObject({ upload: { skip: '1' } })
    expect((await set('--no-upload')).stdout).toBe(`Client ${id} has no upload options.\n`)
    expect(await json('clients', 'show', id)).toMatchObject({ upload: null, scope: ['upload', 'download'] })
    const unknown = failure('There is no such client: clients list shows all of them.')
    expect(await latchkey('clients', 'set', 'f'.repeat(32), '--no-upload')).toEqual(unknown)
  })

  it('disables and enables clients, and revokes their tokens', async () => {
    const { client_id } = await create()
    expect(await json('clients', 'disable', client_id)).toEqual({ client_id, status: 'disabled' })
    expect(await json('clients', 'show', client_id)).toMatchObject({ status: 'disabled' })
    expect(await json('clients', 'enable', client_id)).toEqual({ client_id, status: 'active' })
    const { tokens_valid_after } = await json('clients', 'revoke-tokens', client_id)
    expect(await json('clients', 'show', client_id)).toMatchObject({ status: 'active', tokens_valid_after })
    const unknown = failure('There is no such client: clients list shows all of them.')
    for (const verb of ['show', 'disable', 'enable', 'revoke-tokens', 'rotate-secret']) {
      expect(await latchkey('clients', verb, 'f'.repeat(32))).toEqual(unknown)
    }
    expect(await latchkey('clients', 'set', 'f'.repeat(32), '--scope', 'upload')).toEqual(unknown)
  })

  it('rotates secrets, also concurrently', async () => {
    const { client_id } = await create('--kind', 'confidential')
    const rotate = (...args: string[]) => json('clients', 'rotate-secret', client_id, ...args)
    const both = await Promise.all([rotate(), rotate('--keep', '1')])
    const { secrets } = await json('clients', 'show', client_id)
    expect(secrets).toHaveLength(3)
    const open = secrets.filter(({ expires_at }: { expires_at: string | null }) => expires_at === null)
    expect(open).toHaveLength(1)
    expect(new Set(both.map(({ client_secret }) => client_secret)).size).toBe(2)
    await rotate('--keep', '0')
    expect((await json('clients', 'show', client_id)).secrets).toHaveLength(1)
    const { client_id: publicId } = await create()
    expect(await latchkey('clients', 'rotate-secret', publicId)).toEqual(
      failure('This client is not confidential: it has no secret.'),
    )
    for (const hours of ['-1', '', '0x10', '1e3', '8761']) {
      const { stderr } = await latchkey('clients', 'rotate-secret', client_id, '--keep', hours)
      expect(stderr).toMatch(/^--keep must .+\.\n$/)
    }
  })
})

describe('latchkey keys', () => {
  it('adds a key that signs later, publishes it first, and keeps the current key', async () => {
    const before = (await json('keys', 'list')).keys
    expect(before).toEqual([{ kid: expect.any(String), alg: 'RS256', signs_from: 0, state: 'signing' }])
    const writes = ssm.puts.length
    const { kid, alg, signs_from, removed } = await json('keys', 'rotate')
    expect(alg).toBe('RS256')
    expect(Math.abs(signs_from - Date.now() / 1000 - 900)).toBeLessThan(120)
    expect(removed).toEqual([])
    expect(ssm.puts.slice(writes).map(({ name }) => name.split('/').at(-1))).toEqual([
      'KEYS_LOCK',
      'VERIFICATION_KEYS',
      'SIGNING_KEYS',
      'KEYS_LOCK',
    ])
    const { keys } = await json('keys', 'list')
    expect(keys).toEqual([{ kid, alg, signs_from, state: 'next' }, ...before])
    const published = ssm.value('/latchkey/prod/VERIFICATION_KEYS')
    expect(JSON.parse(published).keys.map((key: { kid: string }) => key.kid)).toEqual([kid, before[0].kid])
    expect(published).not.toMatch(/"(?:d|p|q|dp|dq|qi)"/)
    const again = await latchkey('keys', 'rotate')
    expect(again.stderr).toMatch(/^A new key already exists and signs from \S+: --force adds another\.\n$/)
    expect(again.code).toBe(1)
    const third = await latchkey('keys', 'rotate', '--force')
    expect(third.stderr).toMatch(/^SIGNING_KEYS would have 5\d{3} characters, and a parameter holds 4096\. .+\n$/)
    expect(ssm.value('/latchkey/prod/VERIFICATION_KEYS')).toBe(published)
    expect((await json('keys', 'rotate', '--force', '--alg', 'ES256', '--after', '150')).signs_from).toBeGreaterThan(
      signs_from + 8_000,
    )
    expect((await json('keys', 'list')).keys).toHaveLength(3)
    for (const minutes of ['14', '10081', '1.5', 'soon']) {
      expect((await latchkey('keys', 'rotate', '--after', minutes)).stderr).toBe(
        '--after must be a whole number of minutes from 15 to 10080.\n',
      )
    }
    const shown = await latchkey('keys', 'list')
    const [{ d }] = JSON.parse(ssm.value('/latchkey/prod/SIGNING_KEYS')).keys
    expect(shown.stdout).not.toContain(d)
  })

  it('allows one of several concurrent rotations, and replaces an abandoned lock', async () => {
    const name = '/latchkey/prod/SIGNING_KEYS'
    await latchkey('setup', '--force', 'SIGNING_KEYS', '--alg', 'EdDSA')
    const ran = await Promise.all([1, 2, 3].map(() => latchkey('keys', 'rotate', '--force', '--alg', 'EdDSA')))
    const done = ran.filter(({ code }) => code === 0).length
    expect(done).toBeGreaterThan(0)
    for (const { stderr } of ran) expect(stderr).toMatch(/^(?:Another command is changing the keys.+\.\n)?$/)
    const kids = (text: string) => JSON.parse(text).keys.map(({ kid }: { kid: string }) => kid)
    expect(kids(ssm.value(name))).toHaveLength(1 + done)
    expect(kids(ssm.value('/latchkey/prod/VERIFICATION_KEYS'))).toEqual(kids(ssm.value(name)))

    const hold = (ago: number) =>
      ssm.parameters.set('/latchkey/prod/KEYS_LOCK', {
        value: new Date(Date.now() - ago).toISOString(),
        type: 'String',
        version: 7,
      })
    hold(5_000)
    expect((await latchkey('keys', 'rotate', '--force')).code).toBe(1)
    hold(61_000)
    expect((await latchkey('keys', 'rotate', '--force', '--alg', 'EdDSA')).code).toBe(0)
  })

  it('publishes old keys without storing their private halves', async () => {
    const name = '/latchkey/prod/SIGNING_KEYS'
    const old = await makeSigningKey('RS256')
    const signing = { ...(await makeSigningKey('ES256')), signs_from: Math.floor(Date.now() / 1000) - 3_600 }
    const parameter = { type: 'SecureString', version: 1 }
    const published = {
      keys: [
        { ...signing, d: undefined },
        { kty: 'RSA', n: old.n, e: old.e, kid: old.kid },
      ],
    }
    ssm.parameters.set(name, { ...parameter, value: JSON.stringify({ keys: [signing, old] }) })
    ssm.parameters.set('/latchkey/prod/VERIFICATION_KEYS', { ...parameter, value: JSON.stringify(published) })
    const { kid, alg } = await json('keys', 'rotate')
    expect(alg).toBe('ES256')
    const kids = (text: string) => JSON.parse(text).keys.map((key: { kid: string }) => key.kid)
    expect(kids(ssm.value(name))).toEqual([kid, signing.kid])
    expect(kids(ssm.value('/latchkey/prod/VERIFICATION_KEYS'))).toEqual([kid, signing.kid, old.kid])
    expect((await json('keys', 'list')).keys.map(({ state }: { state: string }) => state)).toEqual([
      'next',
      'signing',
      'old',
    ])
  })

  it('reports missing and invalid keys without quoting them', async () => {
    const name = '/latchkey/prod/SIGNING_KEYS'
    const kept = ssm.parameters.get(name)
    ssm.parameters.set(name, { value: '{"keys":"half-a-secret', type: 'SecureString', version: 1 })
    expect(await latchkey('keys', 'list')).toEqual(failure('SIGNING_KEYS must be JSON.'))
    if (kept) ssm.parameters.set(name, kept)
    expect((await onStage('dev', 'keys', 'rotate')).stderr).toContain('Stage dev has no SIGNING_KEYS here')
  })
})

describe('latchkey tokens revoke', () => {
  const kept = { client_id: 'a'.repeat(32), scope: ['upload'], created_at: '2026-01-01T00:00:00.000Z', expires_at: 4e9 }

  it('accepts a jti or a token', async () => {
    await put('tokens', { id: 'jti#one', ...kept })
    await put('tokens', { id: 'jti#two', ...kept })
    const { revoked_at, ...rest } = await json('tokens', 'revoke', 'one')
    expect(rest).toEqual({ jti: 'one', client_id: kept.client_id, already_revoked: false })
    expect(await json('tokens', 'revoke', 'one')).toEqual({ ...rest, revoked_at, already_revoked: true })
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setJti('two').sign(Buffer.alloc(32))
    expect(await json('tokens', 'revoke', token)).toMatchObject({ jti: 'two', already_revoked: false })
  })

  it('does not quote a token that it cannot revoke', async () => {
    const odd = 'eyJ.secret.part'
    expect(await latchkey('tokens', 'revoke', odd)).toEqual(
      failure('This is neither the jti of an auth token nor an auth token.'),
    )
    expect(await latchkey('tokens', 'revoke', 'nobody')).toEqual(
      failure('There is no record of this token: it has expired, or belongs to another stage.'),
    )
    for (const args of [['revoke', odd, odd], ['revoke', `--${odd}=${odd}`], [odd]]) {
      const ran = await latchkey('tokens', ...args)
      expect(ran).toMatchObject({ code: 2, stdout: '' })
      expect(ran.stderr).toMatch(/^[^\n]+\n$/)
    }
    expect((await latchkey('tokens', 'revoke', odd, odd)).stderr).not.toContain(odd)
    expect((await latchkey('tokens', odd)).stderr).not.toContain(odd)
  })
})

describe('latchkey', () => {
  it('explains every command', async () => {
    for (const args of [
      ['--help'],
      ['setup', '--help'],
      ['clients', '--help'],
      ...['list', 'show', 'create', 'disable', 'enable', 'revoke-tokens', 'rotate-secret'].map((verb) => [
        'clients',
        verb,
        '-h',
      ]),
      ['keys', 'rotate', '--help'],
      ['tokens', 'revoke', '--help'],
      ['events', 'redrive', '--help'],
    ]) {
      const { code, stdout, stderr } = await latchkeyCommand({}, args)
      expect({ code, stderr, usage: stdout.startsWith('Usage: latchkey') }).toEqual({
        code: 0,
        stderr: '',
        usage: true,
      })
    }
    expect(await latchkeyCommand({}, [])).toMatchObject({ code: 2, stdout: '' })
  })

  it('reports a missing stage and an invalid stage name', async () => {
    expect(await onStage('dev', 'clients', 'list')).toEqual(
      failure('There are no tables of this stage in this region: deploy it first.'),
    )
    expect(await onStage('../x', 'clients', 'list')).toEqual(usageError('--stage must be letters, digits and hyphens.'))
    expect(
      await onStage(
        'dev',
        'clients',
        'create',
        '--callback-url',
        'https://a.example',
        '--checksum-salt',
        'a-salt-of-its-own',
      ),
    ).toEqual(failure('Settings: SEAL_KEY is missing: npx latchkey setup creates them.'))
  })

  it('stores the admin token of setup as a digest', () => {
    expect(ssm.value('/latchkey/prod/ADMIN_TOKEN')).toMatch(/^sha256:/)
    expect(ssm.value('/latchkey/prod/ADMIN_TOKEN')).not.toBe(secretDigest(''))
  })
})
