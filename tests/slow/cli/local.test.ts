// @module-tag local-only
// These tests start processes of their own.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { decodeProtectedHeader } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../dev/free-port.ts'
import { latchkeyCommand } from '../../support/cli.ts'
import { localRuns } from '../../support/local-run.ts'
import { fieldsOf } from '../../support/responses.ts'

/** The command line and `npm start` in separate processes with a common temporary folder. */
let runs: ReturnType<typeof localRuns>
let folder: string
const useFolder = () => {
  runs = localRuns()
  folder = runs.folder
}

async function start(environment: Record<string, string> = {}) {
  const PORT = String(await freePort())
  const { child, ready, ended, output } = runs.start({ PORT, ...environment })
  expect(await ready).toBeNull()
  const url = `http://localhost:${PORT}`
  return {
    child,
    ended,
    url,
    reloads: () => output().split('Reloaded.').length - 1,
    tokenAnswer: (id: string) => fetch(`${url}/token?client_id=${id}`, { headers: { accept: 'application/json' } }),
    token: async (id: string) => {
      const answer = await fetch(`${url}/token?client_id=${id}`, { headers: { accept: 'application/json' } })
      return String((await fieldsOf(answer))['auth_token'])
    },
    upload: async (token: string) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      return (await fetch(`${url}/upload`, { method: 'POST', headers, body: '{"time":[1],"a":[1]}' })).status
    },
    keys: async () => JSON.stringify(await fetch(`${url}/.well-known/jwks.json`).then(fieldsOf)),
  }
}

const latchkey = (...args: string[]) => latchkeyCommand({ LATCHKEY_FOLDER: folder }, args)
async function json(...args: string[]) {
  const { code, stdout, stderr } = await latchkey(...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}
const create = () => json('clients', 'create', '--callback-url', 'http://localhost:8080/')
const START_FIRST = {
  code: 1,
  stdout: '',
  stderr: 'Start Latchkey with npm start, and wait until it prints its address.\n',
}

describe('latchkey against npm start', () => {
  let running: Awaited<ReturnType<typeof start>>
  beforeAll(async () => {
    useFolder()
    running = await start()
  })
  afterAll(() => runs.stop())

  it('creates a client that works until it is disabled or its tokens are revoked', async () => {
    const { token, upload, tokenAnswer, url } = running
    const { client_id } = await create()
    const first = await token(client_id)
    expect(await upload(first)).toBe(200)
    const { jti } = await json('tokens', 'revoke', first)
    expect(jti).toEqual(expect.any(String))
    expect(await upload(first)).toBe(401)

    const second = await token(client_id)
    await json('clients', 'revoke-tokens', client_id)
    expect(await upload(second)).toBe(401)
    const third = await token(client_id)
    expect(await upload(third)).toBe(200)

    await json('clients', 'disable', client_id)
    expect(await upload(third)).toBe(401)
    expect((await tokenAnswer(client_id)).status).toBe(403)
    await json('clients', 'enable', client_id)
    expect(await upload(third)).toBe(200)

    const made = await json('clients', 'create', '--callback-url', 'http://localhost/', '--kind', 'confidential')
    const { client_secret } = await json('clients', 'rotate-secret', made.client_id)
    for (const secret of [made.client_secret, client_secret, 'another']) {
      const authorization = `Basic ${Buffer.from(`${made.client_id}:${secret}`).toString('base64')}`
      const answer = await fetch(`${url}/token?client_id=${made.client_id}`, {
        headers: { authorization, accept: 'application/json' },
      })
      expect(answer.status).toBe(secret === 'another' ? 401 : 200)
    }
  })

  it('plays phones that Latchkey accepts or rejects', async () => {
    const { upload } = running
    const file = `${folder}/attestation.json`
    const android = { package: 'com.example.app', certificate_sha256: ['ab'.repeat(32)] }
    writeFileSync(file, JSON.stringify({ mode: 'required', ios: { app_ids: ['ABCDE12345.com.example.app'] }, android }))
    const about = ['--name', 'app', '--kind', 'attested', '--attestation', file]
    const { client_id } = await json('clients', 'create', ...about, '--callback-url', 'com.example.app:/callback')
    for (const platform of ['ios', 'android']) {
      const { auth_token, device_id } = await json('devices', 'simulate', 'app', '--platform', platform)
      expect(await upload(auth_token)).toBe(200)
      const bad = await latchkey('devices', 'simulate', client_id, '--platform', platform, '--bad')
      expect([bad.code, bad.stdout.includes('POST /attest: 400')]).toEqual([1, true])
      const { devices } = await json('devices', 'list', 'app')
      expect(devices[0]).toMatchObject({ device_id, platform, revoked_at: null })
    }
  })

  it('rotates keys: old tokens remain valid, and the next key signs later', async () => {
    const { token, upload, keys, reloads } = running
    const { client_id } = await create()
    const before = await token(client_id)
    const { kid } = await json('keys', 'rotate')
    await expect.poll(reloads).toBe(1)
    expect(await keys()).toContain(kid)
    expect(await upload(before)).toBe(200)
    expect(decodeProtectedHeader(await token(client_id)).kid).not.toBe(kid)
    expect((await json('keys', 'list')).keys.map(({ state }: { state: string }) => state)).toEqual(['next', 'signing'])

    // The next key signs 15 minutes later.
    const file = `${folder}/secrets.json`
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const secrets = JSON.parse(readFileSync(file, 'utf8'))
    secrets.SIGNING_KEYS.keys[0].signs_from = Math.floor(Date.now() / 1000) - 1
    writeFileSync(file, JSON.stringify(secrets))
    await expect.poll(reloads).toBe(2)
    const after = await token(client_id)
    expect(decodeProtectedHeader(after).kid).toBe(kid)
    expect([await upload(before), await upload(after)]).toEqual([200, 200])
    expect((await json('keys', 'list')).keys.map(({ state }: { state: string }) => state)).toEqual(['signing', 'old'])

    // A damaged file is reported and ignored.
    writeFileSync(file, '{"ADMIN_TOKEN":')
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect([reloads(), await upload(after)]).toEqual([2, 200])
  })
})

describe('latchkey with an npm start of its own', () => {
  beforeEach(useFolder)
  afterEach(() => runs.stop())

  it('asks the user to start Latchkey, also after a killed process left files', async () => {
    expect(await latchkey('clients', 'list')).toEqual(START_FIRST)
    expect((await latchkey('keys', 'list')).stderr).toContain('There are no keys yet')
    const { child, ended, url } = await start()
    const file = `${folder}/run.json`
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: child.pid, url })
    expect(await json('events', 'list')).toEqual({ events: [] })
    child.kill('SIGKILL')
    await ended
    expect(existsSync(file)).toBe(true)
    expect(await latchkey('clients', 'list')).toEqual(START_FIRST)
    const second = await start()
    expect(await json('clients', 'list')).toEqual({ clients: [] })
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
    expect(existsSync(file)).toBe(false)
  })

  it('does not change settings from the environment of npm start', async () => {
    const { keys } = JSON.parse(JSON.stringify(await makeKeys()))
    await start({ SIGNING_KEYS: JSON.stringify({ keys }), CHECKSUM_SALTS: 'one' })
    expect((await latchkey('keys', 'rotate')).stderr).toBe(
      'SIGNING_KEYS come from the environment: change them there.\n',
    )
    const salted = await latchkey(
      'clients',
      'create',
      '--callback-url',
      'http://localhost/',
      '--checksum-salt',
      'a-salt-of-its-own',
    )
    expect(salted.stderr).toBe('npm start has CHECKSUM_SALTS from its environment: set the same values here.\n')
    expect((await create()).client_id).toMatch(/^[0-9a-f]{32}$/)
  })
})

const makeKeys = async () =>
  (await (await import('../../../lib/crypto/deployment-secrets.ts')).makeSecrets()).SIGNING_KEYS
