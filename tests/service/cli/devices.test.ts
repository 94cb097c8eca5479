// @module-tag local-only
// The command line works on tables of its own, and a deployment trusts no fake authority.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAttestationAuthority } from '../../../dev/fakes/attestation-authority.ts'
import { playPhone } from '../../../dev/fakes/play-phone.ts'
import { attestationPolicy } from '../../../lib/clients/attestation-policy.ts'
import {
  APP_ID,
  attestedHeaders,
  attestPhone,
  authority,
  CERTIFICATE,
  PACKAGE,
  registerAttested,
  requestToken,
} from '../../support/attestation/phones.ts'
import { fieldsOf } from '../../support/responses.ts'
import { type Stage, startStage } from '../../support/stage.ts'

let stage: Stage
let folder: string
let client_id: string
beforeAll(async () => {
  stage = await startStage(authority.settings)
  folder = await mkdtemp(`${tmpdir()}/latchkey-`)
  client_id = await registerAttested(stage, {}, { name: 'app' })
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await stage.stop()
})

const failure = (stderr: string, code = 1) => ({ code, stdout: '', stderr: `${stderr}\n` })
async function policyFile(content: unknown): Promise<string> {
  const file = `${folder}/policy.json`
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

describe('devices', () => {
  it('are listed by the time when they were seen last, and revoked one by one', async () => {
    expect((await stage.command('devices', 'list', 'app')).stdout).toBe(
      'No app of the client has attested a device yet.\n',
    )
    const android = await attestPhone(stage, client_id, 'android')
    const phone = await attestPhone(stage, client_id)
    await attestPhone(stage, await registerAttested(stage))
    const { devices, count } = await stage.json('devices', 'list', 'app')
    expect(count).toBe(2)
    expect(devices).toMatchObject([
      { device_id: phone.device_id, platform: 'ios', app: APP_ID, is_development: false, revoked_at: null },
      { device_id: android.device_id, platform: 'android', app: PACKAGE, app_version: '42' },
    ])
    expect((Date.parse(devices[0].expires_at) - Date.parse(devices[0].last_seen)) / 86_400_000).toBeCloseTo(90, 3)
    expect((await stage.command('devices', 'revoke', 'app', phone.device_id)).stdout).toBe(
      `The device ${phone.device_id} of client ${client_id} is revoked. Tokens that it already has stay valid until they expire: clients revoke-tokens revokes those of all devices.\n`,
    )
    const [first] = (await stage.json('devices', 'list', client_id)).devices
    expect(first).toMatchObject({ expires_at: null, revoked_at: expect.stringMatching(/^20/) })
    expect((await requestToken(stage, await attestedHeaders(phone))).status).toBe(400)
    expect((await requestToken(stage, await attestedHeaders(android))).status).toBe(200)
    expect(await stage.command('devices', 'revoke', 'app', 'unknown')).toEqual(
      failure('There is no such device: devices list shows those of the client.'),
    )
  })

  it('are removed with the data of their client', async () => {
    const own = await registerAttested(stage)
    const phone = await attestPhone(stage, own)
    await stage.json('purge', '--client', own, '--yes')
    expect((await requestToken(stage, await attestedHeaders(phone))).status).toBe(400)
    expect((await stage.json('devices', 'list', own)).count).toBe(0)
  })

  it('are played against npm start only', async () => {
    expect(await stage.command('devices', 'simulate', 'app')).toEqual(
      failure('A phone can be played against npm start only: omit --stage.', 2),
    )
  })
})

describe('a played phone', () => {
  const policy = attestationPolicy.parse({
    mode: 'required',
    ios: { app_ids: [APP_ID] },
    android: { package: PACKAGE, certificate_sha256: [CERTIFICATE] },
  })

  it('goes from the challenge to the token, and a bad one gets none', async () => {
    const fake = await startAttestationAuthority()
    Object.assign(process.env, fake.settings)
    const played = {
      url: stage.url,
      authorityUrl: fake.url,
      issuer: stage.url,
      clientId: client_id,
      policy,
      isBound: false,
    }
    const ios = await playPhone({ ...played, platform: 'ios', isBad: false })
    expect(ios.steps.map(({ request, status }) => `${request} ${status}`)).toEqual([
      'POST /attest/challenge 200',
      'POST /attest 200',
      'POST /token 200',
      'POST /attest/challenge 200',
      'POST /attest 200',
    ])
    expect(ios).toMatchObject({ isComplete: true, authToken: expect.stringContaining('.') })
    const android = await playPhone({ ...played, platform: 'android', isBad: false })
    expect(android).toMatchObject({ isComplete: true, deviceId: expect.stringMatching(/^[0-9a-f]{32}$/) })
    const rooted = await playPhone({ ...played, platform: 'android', isBad: true })
    expect(rooted).toMatchObject({
      isComplete: false,
      steps: [{}, { status: 400, detail: expect.stringContaining('device verdict') }],
    })
    const debug = await playPhone({ ...played, platform: 'ios', isBad: true })
    expect(debug.steps.at(-1)?.detail).toContain('development environment')
    const unknown = await playPhone({ ...played, clientId: '', platform: 'ios', isBad: false })
    expect(unknown).toMatchObject({ isComplete: false, steps: [{ status: 400 }] })
    expect((await fetch(`${fake.url}/other`)).status).toBe(404)
    await fake.stop()
    Object.assign(process.env, authority.settings)
  })

  it('gets a token that is bound to its key, also with a nonce', async () => {
    const fake = await startAttestationAuthority()
    Object.assign(process.env, fake.settings)
    const clientId = await registerAttested(stage, {}, { dpop_bound: true })
    const played = {
      url: stage.url,
      authorityUrl: fake.url,
      issuer: stage.url,
      clientId,
      policy,
      isBound: true,
    } as const
    const bound = await playPhone({ ...played, platform: 'ios', isBad: false })
    expect(bound).toMatchObject({ isComplete: true, steps: [{}, {}, { request: 'POST /token', status: 200 }, {}, {}] })
    expect(decodeJwt(bound.authToken ?? '')['cnf']).toMatchObject({ jkt: expect.any(String) })
    process.env['DPOP_NONCE'] = 'true'
    await stage.anotherContainer()
    const withNonce = await playPhone({ ...played, platform: 'android', isBad: false })
    process.env['DPOP_NONCE'] = ''
    await stage.anotherContainer()
    expect(withNonce.steps.map(({ status }) => status)).toEqual([200, 200, 400, 200])
    expect(withNonce).toMatchObject({ isComplete: true, authToken: expect.stringContaining('.') })
    await fake.stop()
    Object.assign(process.env, authority.settings)
  })
})

describe('clients attestation', () => {
  it('turns attestation on, changes its mode, and turns it off', async () => {
    const { client_id: id } = await stage.register({ name: 'field' })
    const file = await policyFile({ mode: 'required', ios: { app_ids: [APP_ID] } })
    expect(await stage.json('clients', 'attestation', 'field', '--policy', file, '--mode', 'shadow')).toMatchObject({
      client_id: id,
      attestation: { mode: 'shadow', ios: { app_ids: [APP_ID], distribution: ['app_store', 'testflight'] } },
    })
    expect((await stage.call(`/token?client_id=${id}`)).status).toBe(302)
    expect((await stage.command('clients', 'attestation', 'field', '--mode', 'required')).stdout).toContain(
      'is attested',
    )
    expect((await stage.call(`/token?client_id=${id}`)).status).toBe(401)
    expect(await stage.json('clients', 'show', 'field')).toMatchObject({
      kind: 'attested',
      attestation: { mode: 'required' },
    })
    expect((await stage.command('clients', 'show', 'field')).stdout).toContain('attestation: {"mode":"required"')
    const listed = await fieldsOf(await stage.asAdmin('/clients'))
    expect(listed['clients']).toContainEqual(expect.objectContaining({ client_id: id, attestation: expect.anything() }))
    expect((await stage.command('clients', 'attestation', 'field', '--mode', 'off')).stdout).toContain('is public')
    expect((await stage.call(`/token?client_id=${id}`)).status).toBe(302)
  })

  it('rejects what it cannot set', async () => {
    await stage.register({ name: 'plain' })
    await stage.register({ name: 'server', kind: 'confidential' })
    const run = (...args: string[]) => stage.command('clients', 'attestation', ...args)
    expect(await run('plain')).toEqual(failure('Set --policy or --mode.', 2))
    expect(await run('plain', '--mode', 'shadow')).toEqual(failure('The client has no policy yet: set --policy.', 2))
    expect(await run('plain', '--policy', `${folder}/missing.json`)).toMatchObject({ code: 1, stdout: '' })
    for (const [text, expected] of [
      ['[]', 'must be a JSON object.'],
      ['text', 'is not valid JSON.'],
      ['{"mode":"required",}', 'is not valid JSON (line 1 column 20).'],
    ])
      expect(await run('plain', '--policy', await policyFile(text))).toEqual(
        failure(`The file ${folder}/policy.json ${expected}`),
      )
    expect(await run('plain', '--policy', folder)).toEqual(
      failure(`${folder} cannot be read or written: it is a folder.`),
    )
    const empty = await policyFile({ mode: 'required' })
    expect(await run('plain', '--policy', empty)).toEqual(failure(`${empty}: the policy must have ios or android.`, 2))
    const typo = await policyFile({ mode: 'require', ios: { app_id: [APP_ID] }, iOS: {} })
    expect(await run('plain', '--policy', typo)).toEqual(
      failure(
        `${typo}: mode must be required or shadow; ios.app_ids is missing; ios.app_id is unknown; iOS is unknown.`,
        2,
      ),
    )
    const file = await policyFile({ mode: 'required', ios: { app_ids: [APP_ID] } })
    expect(await run('server', '--policy', file)).toMatchObject({
      stderr: expect.stringContaining('The client is confidential'),
    })
    expect(await run('0'.repeat(32), '--mode', 'off')).toMatchObject({
      stderr: expect.stringContaining('There is no such client'),
    })
  })

  it('reads a file with a byte order mark', async () => {
    await stage.register({ name: 'windows' })
    const file = await policyFile(`\uFEFF${JSON.stringify({ mode: 'shadow', ios: { app_ids: [APP_ID] } })}`)
    expect(await stage.command('clients', 'attestation', 'windows', '--policy', file)).toMatchObject({ code: 0 })
  })

  it('is a part of clients create', async () => {
    const attestation = await policyFile({
      mode: 'required',
      android: { package: PACKAGE, certificate_sha256: [CERTIFICATE.toUpperCase()] },
    })
    const args = ['--callback-url', 'com.example.app:/callback', '--kind', 'attested']
    const { client_id: id } = await stage.json('clients', 'create', ...args, '--attestation', attestation)
    const wrong = await policyFile({ mode: 'required', ios: { app_ids: APP_ID } })
    expect(await stage.command('clients', 'create', ...args, '--attestation', wrong)).toEqual(
      failure(`${wrong}: ios.app_ids must be an array.`, 2),
    )
    expect(await stage.json('clients', 'show', id)).toMatchObject({
      attestation: { android: { certificate_sha256: [CERTIFICATE] } },
    })
    const without = await stage.command('clients', 'create', ...args)
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('attestation is missing') })
    expect((await stage.command('clients', 'rotate-secret', id)).stderr).toContain('is not confidential')
  })
})
