// @module-tag local-only
// The command line works on parameters of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { writeSecrets } from '../../../dev/secrets-file.ts'
import { localWebhookSecrets } from '../../../dev/webhook-secrets.ts'
import { stageWebhooks } from '../../../dev/webhooks-file.ts'
import { makeSecrets } from '../../../lib/crypto/deployment-secrets.ts'
import { latchkeyCommand } from '../../support/cli.ts'
import { type Stage, startStage } from '../../support/stage.ts'

const FILE = `
stripe:
  like: stripe
  target: { local: "http://localhost:4000/hooks", prod: https://api.example.org/hooks }
github: { like: github }
svix: { like: svix }
plaid: { like: plaid }
livekit: { like: livekit }
basic: { verify: { scheme: basic }, id: /a/b, type: /a/b/c }
header: { verify: { scheme: header }, id: x-id, type: x-type, time: x-time }
keys: { verify: { scheme: jwt, header: x-proof, claim: sha256, algorithms: [ES256], jwks: "https://keys.example/jwks" } }
token: { verify: { scheme: auth-token }, answer: { status: 204 } }
tried: { verify: [{ scheme: hmac, header: x-hmac }, { scheme: basic, shadow: true, secret: WEBHOOK_BASIC }], bus: default }
`
const file = vi.hoisted(() => ({ yaml: '' }))
vi.mock(import('../../../dev/webhooks-file.ts'), async (importOriginal) => {
  const original = await importOriginal()
  return { ...original, stageWebhooks: (stage, yaml = file.yaml) => original.stageWebhooks(stage, yaml) }
})
beforeEach(() => {
  file.yaml = FILE
})

const OLD = 'whsec_b2xkIHNlY3JldCBvZiBzdHJpcGU='
let stage: Stage
let folder: string
let derived: Record<string, string>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-webhooks-'))
  const secrets = await makeSecrets('EdDSA')
  await writeSecrets(folder, secrets)
  const { text, providers } = stageWebhooks('other', FILE)
  derived = localWebhookSecrets(stageWebhooks('local', FILE).providers.values(), secrets.SEAL_KEY)
  expect(providers.get('stripe')?.target).toBeUndefined()
  stage = await startStage({
    ...derived,
    WEBHOOKS: text,
    WEBHOOK_STRIPE: JSON.stringify([derived['WEBHOOK_STRIPE'], OLD]),
  })
  stage.aws.environments.set(`latchkey-${stage.stage}-token`, { PUBLIC_URL: stage.url })
})
afterAll(async () => {
  await stage.stop()
  rmSync(folder, { recursive: true, force: true })
})

const store = (name: string, value: string) =>
  stage.ssm.parameters.set(`/latchkey/${stage.stage}/${name}`, { value, type: 'SecureString', version: 1 })
/** A command on the local run, whose functions are those of the stage. */
const local = (...args: string[]) => latchkeyCommand({ LATCHKEY_FOLDER: folder }, ['webhooks', ...args])

describe('latchkey webhooks list', () => {
  it('shows addresses, schemes and recipients, and which secrets are set, but no secret', async () => {
    store('WEBHOOK_TRIED', 'the-secret')
    const { webhooks } = await stage.json('webhooks', 'list')
    expect(webhooks.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['helplightning', 'incode', 'stripe', 'tried']),
    )
    expect(webhooks.find(({ name }: { name: string }) => name === 'tried')).toEqual({
      name: 'tried',
      url: `${stage.url}/webhook/tried`,
      schemes: [
        { scheme: 'hmac', shadow: false },
        { scheme: 'basic', shadow: true },
      ],
      secrets: [
        { name: 'WEBHOOK_TRIED', is_set: true },
        { name: 'WEBHOOK_BASIC', is_set: false },
      ],
      target: null,
      bus: 'default',
    })
    const { stdout } = await stage.command('webhooks', 'list')
    expect(stdout).toMatch(/ hmac, basic \(shadow\) +WEBHOOK_TRIED, WEBHOOK_BASIC \(not set\) /)
    expect(stdout).not.toContain('the-secret')
    stage.ssm.parameters.delete(`/latchkey/${stage.stage}/WEBHOOK_TRIED`)
  })

  it("shows where Incode delivers, and a recipient of another stage's name", async () => {
    const { webhooks } = await stage.json('webhooks', 'list')
    const incode = webhooks.find(({ name }: { name: string }) => name === 'incode')
    expect(incode.url).toBe(`${stage.url}/webhook`)
    const { stdout, stderr } = await stage.command('webhooks', 'list')
    expect(stdout).toContain(`${stage.url}/webhook or ${stage.url}/approve `)
    expect(stderr).toBe(`Note: stripe has no recipient in stage ${stage.stage} (targets: local, prod).\n`)
  })
})

describe('latchkey webhooks send', () => {
  it.each([
    ['stripe', 'timestamped-hmac', /^stripe:sample_[0-9a-f]{32}$/],
    ['github', 'hmac', /^github:sample_[0-9a-f]{32}$/],
    ['svix', 'standard-webhooks', /^svix:msg_[\w-]+$/],
    ['livekit', 'jwt', /^livekit:sample_[0-9a-f]{32}$/],
    ['basic', 'basic', /^basic:sample_[0-9a-f]{32}$/],
    ['header', 'header', /^header:sample_[0-9a-f]{32}$/],
    ['tried', 'hmac', /^tried:[\w-]{43}$/],
    ['helplightning', 'hmac', /^helplightning:[\w-]{43}$/],
  ])('signs a sample of %s that the local run accepts', async (name, scheme, event) => {
    const { code, stdout, stderr } = await local('send', name, '--url', stage.url, '--type', 'a.b', '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const sent = JSON.parse(stdout)
    expect(sent).toEqual({
      url: `${stage.url}/webhook/${name}`,
      scheme,
      status: 200,
      event: expect.stringMatching(event),
    })
  })

  it('sends the body of a file, signed with one of the secrets in Parameter Store', async () => {
    store('WEBHOOK_STRIPE', JSON.stringify(['whsec_d3Jvbmc=', OLD]))
    const body = join(folder, 'body.json')
    writeFileSync(body, '{"id":"evt_of_a_file","type":"invoice.paid"}')
    const send = (...args: string[]) => stage.command('webhooks', 'send', 'stripe', '--file', body, ...args)
    expect(await send('--secret-number', '2')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/status: 200\nevent: stripe:evt_of_a_file\n$/),
    })
    expect(await send()).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/status: 401\n$/),
      stderr: expect.stringMatching(/^Latchkey returned 401: No secret of the provider makes this signature/),
    })
    expect((await send('--secret-number', '3')).stderr).toBe(
      'WEBHOOK_STRIPE has 2 secrets: set --secret-number to 1 or 2.\n',
    )
    expect((await send('--secret-number', '0')).code).toBe(2)
    rmSync(body)
    expect((await send()).stderr).toMatch(/body\.json cannot be read or written: the file or its folder does not exist/)
  })

  it('proves the sender by the auth token of a client', async () => {
    store('SIGNING_KEYS', process.env['SIGNING_KEYS'] ?? '')
    const { client_id } = await stage.register({ kind: 'confidential', scope: 'webhook', name: 'acme' })
    const send = (...args: string[]) => stage.command('webhooks', 'send', 'token', ...args)
    expect(await send('--client', client_id)).toMatchObject({ code: 0, stdout: expect.stringContaining('status: 204') })
    const incode = ['webhooks', 'send', 'incode', '--type', 'FACE_VALIDATION_FINISHED', '--client', client_id]
    expect(await stage.json(...incode)).toEqual({
      url: `${stage.url}/webhook`,
      scheme: 'auth-token',
      status: 200,
      event: null,
    })
    expect(await send()).toEqual({ code: 1, stdout: '', stderr: 'Set --client to a client with the scope webhook.\n' })
  })

  it.each([
    ['keys', 'Only keys itself can sign its events: send one from its dashboard.\n'],
    ['github', /^Store WEBHOOK_GITHUB with npx latchkey setup --stage \w+\.\n$/],
    [
      'incode',
      /^Store INCODE_WEBHOOK_HEADER with npx latchkey setup --stage \w+\. Set --client to a client with the scope webhook\.\n$/,
    ],
    ['other', /^webhooks\.yml has no such provider\. It has helplightning, incode, stripe, .+\.\n$/],
  ])('says what is missing for %s', async (name, stderr) => {
    expect(await stage.command('webhooks', 'send', name)).toEqual({
      code: 1,
      stdout: '',
      stderr: typeof stderr === 'string' ? stderr : expect.stringMatching(stderr),
    })
  })

  it('names .env for a secret of the local run', async () => {
    expect((await local('send', 'plaid', '--url', stage.url)).stderr).toBe(
      'Set WEBHOOK_PLAID in .env, and restart npm start.\n',
    )
  })

  it.each([
    ['"whsec_d3Jvbmc="', '1 secret: set --secret-number to 1.'],
    ['"a","b","c"', '3 secrets: set --secret-number to a number from 1 to 3.'],
  ])('says how many secrets %j are', async (secrets, sentence) => {
    store('WEBHOOK_STRIPE', `[${secrets}]`)
    const { stderr } = await stage.command('webhooks', 'send', 'stripe', '--secret-number', '4')
    expect(stderr).toBe(`WEBHOOK_STRIPE has ${sentence}\n`)
  })

  it('quotes no secret that cannot sign', async () => {
    store('WEBHOOK_PLAID', '{"keys":[]}')
    const { code, stderr } = await stage.command('webhooks', 'send', 'plaid')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Settings: WEBHOOK_PLAID must be a shared key or a JWK set with a private key.\n',
    })
  })

  it('reports an address that does not respond', async () => {
    const { stderr } = await local('send', 'stripe', '--url', 'http://127.0.0.1:1')
    expect(stderr).toBe('http://127.0.0.1:1 does not respond: check the address, and run the command again.\n')
  })
})

describe('latchkey webhooks secret', () => {
  it('prints what verifies the events at a target', async () => {
    expect(await local('secret', 'stripe')).toEqual({
      code: 0,
      stdout: `${derived['WEBHOOK_TARGET_STRIPE']}\n`,
      stderr: '',
    })
  })

  it('reads it from Parameter Store on a deployed stage', async () => {
    file.yaml = FILE.replace('prod:', `${stage.stage}:`)
    expect((await stage.command('webhooks', 'secret', 'github')).stderr).toBe(
      `webhooks.yml has no target for github in the stage ${stage.stage}.\n`,
    )
    expect((await stage.command('webhooks', 'secret', 'stripe')).stderr).toBe(
      `WEBHOOK_TARGET_STRIPE is not set: npx latchkey setup --stage ${stage.stage} creates it.\n`,
    )
    store('WEBHOOK_TARGET_STRIPE', '["whsec_bmV3","whsec_b2xk"]')
    expect((await stage.command('webhooks', 'secret', 'stripe')).stdout).toBe('whsec_bmV3\n')
    expect(await stage.json('webhooks', 'secret', 'stripe', '--all')).toEqual({
      provider: 'stripe',
      name: 'WEBHOOK_TARGET_STRIPE',
      secrets: ['whsec_bmV3', 'whsec_b2xk'],
    })
  })

  it('needs a local run that has started once', async () => {
    const nowhere = await latchkeyCommand({ LATCHKEY_FOLDER: join(folder, 'none') }, ['webhooks', 'secret', 'stripe'])
    expect(nowhere.stderr).toBe('Start Latchkey with npm start, and wait until it prints its address.\n')
  })
})
