// @module-tag local-only
// The command line works on tables and parameters of its own.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SECRET_NAMES } from '../../../lib/config/settings-table.ts'
import { secretDigest } from '../../../lib/crypto/secrets.ts'
import { type FakeSsm, latchkeyCommand, startFakeSsm } from '../../support/cli.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

const file = vi.hoisted(() => ({ yaml: '' }))
vi.mock(import('../../../dev/webhooks-file.ts'), async (importOriginal) => {
  const original = await importOriginal()
  return { ...original, stageWebhooks: (stage, yaml = file.yaml) => original.stageWebhooks(stage, yaml) }
})

let ssm: FakeSsm
let folder: string
beforeEach(async () => {
  file.yaml = ''
  ssm = await startFakeSsm()
  folder = mkdtempSync(join(tmpdir(), 'latchkey-cli-'))
})
afterEach(() => {
  ssm.stop()
  rmSync(folder, { recursive: true, force: true })
})

const environment = () => ({
  AWS_ENDPOINT_URL_SSM: ssm.endpoint,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  LATCHKEY_FOLDER: folder,
})
const setup = (...args: string[]) => latchkeyCommand(environment(), ['setup', '--stage', 'prod', ...args])
const path = (name: string) => `/latchkey/prod/${name}`
const MADE = ['SEAL_KEY', 'SIGNING_KEYS', 'VERIFICATION_KEYS', 'ADMIN_TOKEN']

function envFile(text: string): string {
  writeFileSync(join(folder, 'secrets.env'), text)
  return join(folder, 'secrets.env')
}

describe('latchkey setup for a deployed stage', () => {
  it('creates secrets that the functions accept, and prints the admin token once', async () => {
    const first = await setup('--json')
    expect(first).toMatchObject({ code: 0, stderr: '' })
    const { admin_token, ...rest } = JSON.parse(first.stdout)
    expect(rest).toEqual({ stage: 'prod', written: MADE, left: [] })
    expect(ssm.value(path('ADMIN_TOKEN'))).toBe(secretDigest(admin_token))
    expect([...ssm.parameters.values()].map(({ type }) => type)).toEqual(MADE.map(() => 'SecureString'))
    const [{ alg, n, d, p, q, dp, dq, qi }] = JSON.parse(ssm.value(path('SIGNING_KEYS'))).keys
    expect(alg).toBe('RS256')
    expect(Buffer.from(n, 'base64url')).toHaveLength(256)
    const published = ssm.value(path('VERIFICATION_KEYS'))
    expect(published).toContain(n)
    for (const part of [d, p, q, dp, dq, qi]) expect(published).not.toContain(part)

    const second = await setup()
    expect(second.code).toBe(0)
    expect(second.stdout).toContain('Written under /latchkey/prod/: nothing.')
    expect(second.stdout).toContain(`not changed (--force with their names replaces them): ${MADE.join(', ')}.`)
    expect(second.stdout).not.toMatch(/Admin token/)
    expect(ssm.puts).toHaveLength(MADE.length)
    expect(ssm.puts.some(({ overwrite }) => overwrite)).toBe(false)

    const latchkey: Latchkey = await startLatchkey({
      PARAMETER_PATH: '/latchkey/prod',
      AWS_ENDPOINT_URL_SSM: ssm.endpoint,
    })
    for (const name of MADE) delete process.env[name]
    const registered = await latchkey.call(`/register?callback_url=https://a.example/&token=${admin_token}`)
    const { client_id } = JSON.parse(await registered.text())
    expect((await latchkey.upload(await latchkey.token(client_id), '{"a":[1]}')).status).toBe(200)
    await latchkey.stop()
  })

  it.each(['RS256', 'ES256', 'EdDSA'])('makes a key of %s with --alg, once', async (alg) => {
    const algorithms = () =>
      ['SIGNING_KEYS', 'VERIFICATION_KEYS'].map((name) => JSON.parse(ssm.value(path(name))).keys[0].alg)
    expect(await setup('--alg', alg)).toMatchObject({ code: 0, stderr: '' })
    expect(algorithms()).toEqual([alg, alg])
    const other = alg === 'RS256' ? 'ES256' : 'RS256'
    expect((await setup('--alg', other)).stderr).toBe(
      `SIGNING_KEYS was not changed: npx latchkey keys rotate --alg ${other} adds a key of that algorithm.\n`,
    )
    expect(algorithms()).toEqual([alg, alg])
    expect((await setup('--alg', 'HS256')).stderr).toBe('--alg must be one of RS256, ES256, EdDSA.\n')
  })

  it('rejects keys that a parameter cannot hold, and writes nothing', async () => {
    const keys = [4096, 3072].map((modulusLength, kid) => ({
      ...generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ format: 'jwk' }),
      kid: String(kid),
    }))
    const from = (set: object[]) => setup('--from', envFile(`SIGNING_KEYS='${JSON.stringify({ keys: set })}'\n`))
    expect((await from(keys)).stderr).toMatch(
      /^SIGNING_KEYS would have \d{4} characters, and a parameter holds 4096\. /,
    )
    expect(ssm.puts).toHaveLength(0)
    expect((await from(keys.slice(0, 1))).code).toBe(0)
  })

  it('adds the signing keys to the published ones with --force VERIFICATION_KEYS', async () => {
    await setup('--alg', 'EdDSA')
    const old = ssm.value(path('VERIFICATION_KEYS'))
    ssm.parameters.delete(path('SIGNING_KEYS'))
    expect((await setup('--force', 'VERIFICATION_KEYS')).code).toBe(0)
    const kids = (text: string) => JSON.parse(text).keys.map(({ kid }: { kid: string }) => kid)
    expect(kids(ssm.value(path('VERIFICATION_KEYS')))).toEqual([...kids(ssm.value(path('SIGNING_KEYS'))), ...kids(old)])
    ssm.parameters.set(path('VERIFICATION_KEYS'), { value: 'damaged', type: 'SecureString', version: 1 })
    expect((await setup('--force', 'VERIFICATION_KEYS')).code).toBe(0)
    expect(kids(ssm.value(path('VERIFICATION_KEYS')))).toEqual(kids(ssm.value(path('SIGNING_KEYS'))))
  })

  it('replaces the named secrets, and reports what becomes invalid', async () => {
    await setup()
    const before = new Map([...ssm.parameters].map(([name, { value }]) => [name, value]))
    const one = await setup('--force', 'SEAL_KEY', '--json')
    expect(one).toMatchObject({ code: 0, stderr: expect.stringContaining('can no longer be decrypted') })
    expect(JSON.parse(one.stdout)).toEqual({
      stage: 'prod',
      written: ['SEAL_KEY'],
      left: ['SIGNING_KEYS', 'VERIFICATION_KEYS', 'ADMIN_TOKEN'],
    })
    const all = await setup('--force', '--json')
    expect(all.stderr).toContain('earlier auth tokens are no longer valid')
    expect(JSON.parse(all.stdout).written.toSorted()).toEqual(MADE.toSorted())
    for (const [name, value] of before) expect(ssm.value(name)).not.toBe(value)
    expect(ssm.puts.slice(-3).map(({ name }) => name)).toEqual(
      ['VERIFICATION_KEYS', 'SIGNING_KEYS', 'ADMIN_TOKEN'].map(path),
    )
  })

  it('replaces both halves of the keys, and writes nothing without a value', async () => {
    await setup()
    expect((await setup('--force', 'SIGNING_KEYS')).code).toBe(0)
    const kids = ['SIGNING_KEYS', 'VERIFICATION_KEYS'].map((name) => JSON.parse(ssm.value(path(name))).keys[0].kid)
    expect(kids[0]).toBe(kids[1])
    const before = ssm.puts.length
    const file = envFile('\ufeffINCODE_API_KEY=k1\r\n')
    const refused = await setup('--from', file, '--force', 'SETHEALTH_KEY')
    expect([refused.code, refused.stderr]).toEqual([1, 'Provide a value for SETHEALTH_KEY. Nothing was written.\n'])
    expect(ssm.puts).toHaveLength(before)
    expect((await setup('--from', file)).code).toBe(0)
    expect(ssm.value(path('INCODE_API_KEY'))).toBe('k1')
  })

  it('reads secrets of providers from a file, in the functions’ format', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    writeFileSync(join(folder, 'partner.pem'), pem)
    const salts = JSON.stringify(Array.from({ length: 300 }, (_, index) => `a-rather-long-salt-${index}`))
    const file = envFile(
      `INCODE_API_KEY=incode-key\nINCODE_FLOW_ID=flow\nSETHEALTH_KEY=\nCHECKSUM_SALTS='${salts}'\nADMIN_TOKEN=my-own-admin-token\nMIIEabcdef=\nMIIEkey=x\nHLSERVER_PARTNER_KEY=${folder}/partner.pem\n`,
    )
    const ran = await setup('--from', file, '--json')
    expect(ran.code).toBe(0)
    expect(ran.stderr).toBe(
      'These are not secrets; set them when you deploy: INCODE_FLOW_ID.\nSkipped, because they are not settings of Latchkey: 1 names in the file.\n',
    )
    const { written, admin_token } = JSON.parse(ran.stdout)
    expect(written.toSorted()).toEqual([...MADE, 'CHECKSUM_SALTS', 'HLSERVER_PARTNER_KEY', 'INCODE_API_KEY'].toSorted())
    expect(admin_token).toBeUndefined()
    expect(ssm.value(path('ADMIN_TOKEN'))).toBe(secretDigest('my-own-admin-token'))
    expect(ssm.value(path('HLSERVER_PARTNER_KEY'))).toBe(pem)
    expect(ssm.value(path('CHECKSUM_SALTS'))).toBe(salts)
    expect(ssm.puts.find(({ name }) => name === path('CHECKSUM_SALTS'))?.tier).toBe('Intelligent-Tiering')
  })

  it('prompts for the secrets of providers at a terminal, and shows none of them', async () => {
    const answers = ['', '[1]', '["a-salt-of-eight"]', '', 'hidden']
    const ran = await latchkeyCommand(environment(), ['setup', '--stage', 'prod'], answers)
    expect(ran.code).toBe(0)
    expect(ran.stderr).toMatch(
      /\nCHECKSUM_SALTS \(not shown, empty to leave out\): \nCHECKSUM_SALTS must .+\.\nCHECKSUM_SALTS \(not shown/,
    )
    expect(ran.stderr).toContain('CHECKSUM_SALTS contains a salt of fewer than 16 characters, which can be guessed')
    expect(ran.stdout + ran.stderr).not.toMatch(/a-salt-of-eight|hidden/)
    expect(ssm.value(path('CHECKSUM_SALTS'))).toBe('["a-salt-of-eight"]')
    expect(ssm.parameters.has(path('INCODE_API_KEY'))).toBe(false)
    expect(ssm.value(path('INCODE_ADMIN_PASSWORD'))).toBe('hidden')
  })

  it('writes nothing if a value is invalid, and quotes no value', async () => {
    const file = envFile(
      'INCODE_API_KEY="with blanks secret"\nHLSERVER_PARTNER_KEY=no-key-secret\nSETHEALTH_KEY=fine-secret\nCHECKSUM_SALTS=[1secret\n',
    )
    const ran = await setup('--from', file)
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(
      /^Settings: CHECKSUM_SALTS must .+; INCODE_API_KEY must .+; HLSERVER_PARTNER_KEY must .+\. Nothing was written\.\n$/,
    )
    expect(ran.stderr).not.toContain('secret')
    expect(ssm.parameters.size).toBe(0)
    expect((await setup('--from', join(folder, 'none.env'))).stderr).toMatch(
      /^The file .+ cannot be read \(ENOENT\)\.\n$/,
    )
  })

  it('continues after a failed run, and quotes no value from AWS errors', async () => {
    ssm.refuse = (name) => (name === path('VERIFICATION_KEYS') ? 'ValidationException' : undefined)
    const ran = await setup()
    expect(ran).toEqual({ code: 1, stdout: '', stderr: 'The command failed (ValidationException).\n' })
    expect([...ssm.parameters.keys()]).toEqual([path('SEAL_KEY'), path('SIGNING_KEYS')])
    ssm.refuse = () => undefined
    const { written, left, admin_token } = JSON.parse((await setup('--json')).stdout)
    expect([written, left]).toEqual([
      ['VERIFICATION_KEYS', 'ADMIN_TOKEN'],
      ['SEAL_KEY', 'SIGNING_KEYS'],
    ])
    expect(ssm.value(path('ADMIN_TOKEN'))).toBe(secretDigest(admin_token))
    const [{ kid }] = JSON.parse(ssm.value(path('SIGNING_KEYS'))).keys
    expect(ssm.value(path('VERIFICATION_KEYS'))).toContain(kid)
  })

  it('creates one set of secrets in concurrent runs', async () => {
    const runs = await Promise.all([setup('--json'), setup('--json'), setup('--json')])
    const tokens = runs.map(({ stdout }) => JSON.parse(stdout).admin_token).filter((token) => token !== undefined)
    expect(tokens.map(secretDigest)).toEqual([ssm.value(path('ADMIN_TOKEN'))])
    expect([...ssm.parameters.values()].map(({ version }) => version)).toEqual([1, 1, 1, 1])
    const [{ kid }] = JSON.parse(ssm.value(path('SIGNING_KEYS'))).keys
    expect(ssm.value(path('VERIFICATION_KEYS'))).toContain(kid)
  })

  it('reports published keys that do not match the signing keys', async () => {
    await setup()
    ssm.parameters.delete(path('SIGNING_KEYS'))
    expect((await setup()).stderr).toContain('--force VERIFICATION_KEYS adds it')
    expect((await setup('--force', 'VERIFICATION_KEYS')).stderr).toBe('')
    const [{ kid }] = JSON.parse(ssm.value(path('SIGNING_KEYS'))).keys
    expect(ssm.value(path('VERIFICATION_KEYS'))).toContain(kid)
  })

  it.each([
    ['AccessDeniedException', 'AWS does not allow this: you lack the permission.\n'],
    ['ExpiredTokenException', 'AWS does not accept the credentials (ExpiredTokenException): log in again.\n'],
  ])('explains the AWS error %s', async (name, stderr) => {
    ssm.refuse = () => name
    expect(await setup()).toEqual({ code: 1, stdout: '', stderr })
  })

  it('reports a missing region, missing credentials and an unavailable AWS', async () => {
    const { AWS_REGION: _region, ...elsewhere } = environment()
    const without = (more: Record<string, string>, ...args: string[]) =>
      latchkeyCommand({ ...elsewhere, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', ...more }, [
        'setup',
        '--stage',
        'prod',
        ...args,
      ])
    expect((await without({})).stderr).toBe('There is no AWS region: set --region or AWS_REGION.\n')
    expect((await without({}, '--region', 'eu-west-1')).code).toBe(0)
    const bare = await without({ AWS_ACCESS_KEY_ID: '' }, '--region', 'eu-west-1')
    expect(bare).toEqual({ code: 1, stdout: '', stderr: 'There are no AWS credentials: set AWS_PROFILE, or log in.\n' })
    ssm.stop()
    expect((await setup()).stderr).toBe('AWS does not respond: try again.\n')
  })
})

describe('latchkey setup for the webhooks of a stage', () => {
  const known = 'WEBHOOK_STRIPE, WEBHOOK_ACME, WEBHOOK_TARGET_STRIPE'
  beforeEach(() => {
    file.yaml = `
stripe: { like: stripe, target: { prod: https://api.example.org/hooks } }
acme: { verify: [{ scheme: basic }, { scheme: header, header: X-Proof, shadow: true }] }
token: { verify: { scheme: auth-token } }
`
  })

  it('stores their secrets from a file, and generates those of targets, once', async () => {
    const secrets = envFile(`WEBHOOK_STRIPE='["whsec_new","whsec_old"]'\nWEBHOOK_ACME=user:password\n`)
    const first = await setup('--from', secrets, '--json')
    expect(JSON.parse(first.stdout).written).toEqual([
      'SEAL_KEY',
      'WEBHOOK_TARGET_STRIPE',
      'WEBHOOK_STRIPE',
      'WEBHOOK_ACME',
      ...MADE.slice(1),
    ])
    expect(ssm.value(path('WEBHOOK_STRIPE'))).toBe('["whsec_new","whsec_old"]')
    const made = ssm.value(path('WEBHOOK_TARGET_STRIPE'))
    expect(made).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(first.stdout).not.toContain(made)
    const second = await setup('--from', secrets, '--force', 'WEBHOOK_ACME', '--json')
    expect(JSON.parse(second.stdout).written).toEqual(['WEBHOOK_ACME'])
    expect(ssm.value(path('WEBHOOK_TARGET_STRIPE'))).toBe(made)
    await setup('--force', 'WEBHOOK_TARGET_STRIPE')
    expect(ssm.value(path('WEBHOOK_TARGET_STRIPE'))).not.toBe(made)
  })

  it('accepts own secrets of a target, so that one can replace another', async () => {
    const both = '["whsec_bmV3","whsec_b2xk"]'
    await setup('--from', envFile(`WEBHOOK_TARGET_STRIPE='${both}'\n`))
    expect(ssm.value(path('WEBHOOK_TARGET_STRIPE'))).toBe(both)
  })

  it('rejects secrets that their scheme cannot use and names that webhooks.yml does not need', async () => {
    const ran = await setup(
      '--from',
      envFile('WEBHOOK_ACME=no-password\nWEBHOOK_TARGET_STRIPE=whsec_?\nWEBHOOK_STRIP=whsec_a\n'),
    )
    expect(ran).toEqual({
      code: 1,
      stdout: '',
      stderr: `Settings: WEBHOOK_ACME must be user:password; WEBHOOK_TARGET_STRIPE must be base64, with or without whsec_ before it; WEBHOOK_STRIP is not a secret of webhooks.yml, which needs ${known}. Nothing was written.\n`,
    })
    expect(ssm.puts).toHaveLength(0)
    expect(await setup('--force', 'WEBHOOK_STRIP')).toMatchObject({ code: 2, stderr: expect.stringContaining(known) })
    expect((await setup('--force', 'WEBHOOK_STRIPE')).stderr).toBe(
      'Provide a value for WEBHOOK_STRIPE. Nothing was written.\n',
    )
    file.yaml = ''
    expect((await setup('--from', envFile('WEBHOOK_STRIPE=whsec_a\n'))).stderr).toBe(
      'Settings: WEBHOOK_STRIPE is not a secret of webhooks.yml, which needs none. Nothing was written.\n',
    )
  })

  it('prompts for those that do not exist', async () => {
    await setup('--from', envFile('WEBHOOK_STRIPE=whsec_old\n'))
    const before = SECRET_NAMES.length - MADE.length - 2
    const answers = [...Array(before).fill(''), 'wrong', 'user:password']
    const ran = await latchkeyCommand(environment(), ['setup', '--stage', 'prod'], answers)
    expect(ran.stderr).toMatch(
      /\nWEBHOOK_ACME \(not shown, empty to leave out\): \nWEBHOOK_ACME must be user:password\.\n/,
    )
    expect(ran.stderr).not.toContain('WEBHOOK_STRIPE')
    expect(ssm.value(path('WEBHOOK_ACME'))).toBe('user:password')
    expect(ssm.value(path('WEBHOOK_STRIPE'))).toBe('whsec_old')
  })
})

describe('latchkey setup for the local run', () => {
  const local = (...args: string[]) => latchkeyCommand(environment(), ['setup', ...args])

  it('creates secrets.json if it does not exist, readable by its owner only', async () => {
    const first = await local('--json')
    const { admin_token, ...rest } = JSON.parse(first.stdout)
    expect(rest).toEqual({ stage: 'local', written: ['ADMIN_TOKEN', 'SIGNING_KEYS', 'SEAL_KEY'], left: [] })
    expect(JSON.parse(readFileSync(`${folder}/secrets.json`, 'utf8')).ADMIN_TOKEN).toBe(admin_token)
    expect(statSync(`${folder}/secrets.json`).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(`${folder}/secrets.json`, 'utf8')).SIGNING_KEYS.keys[0].alg).toBe('RS256')
    expect((await local('--alg', 'ES256')).stderr).toContain('keys rotate --alg ES256')
    const second = await local()
    expect(second.stdout).toBe(
      `The secrets of the local run exist and were not changed: ${folder}/secrets.json.\nAdmin token: ${admin_token}\n`,
    )
  })

  it('rejects options for deployed stages, and damaged secrets', async () => {
    expect(await local('--from', 'x')).toMatchObject({ code: 2, stderr: expect.stringMatching(/^A local run .+\.\n$/) })
    expect(await local('--force')).toMatchObject({ code: 2, stderr: expect.stringMatching(/^npm start .+\.\n$/) })
    writeFileSync(`${folder}/secrets.json`, '{"ADMIN_TOKEN":"half-a-secret')
    expect(await local()).toEqual({
      code: 1,
      stdout: '',
      stderr: `${folder}/secrets.json is damaged: correct it, or start again with npm start -- --fresh.\n`,
    })
  })
})
