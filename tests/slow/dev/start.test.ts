// @module-tag local-only
// These tests start processes of their own.
import { execFileSync, spawnSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../dev/free-port.ts'
import { readSecrets } from '../../../dev/secrets-file.ts'
import { sessionIdNotes } from '../../../dev/walk-through.ts'
import { makeSecrets } from '../../../lib/crypto/deployment-secrets.ts'
import { localRuns } from '../../support/local-run.ts'
import { fieldsOf, rowsOf } from '../../support/responses.ts'

let runs: ReturnType<typeof localRuns>
beforeEach(() => {
  runs = localRuns()
})
afterEach(() => runs.stop())

/** Starts Latchkey and waits until it is ready or has exited. */
async function start(environment: Record<string, string>, ...args: string[]) {
  const run = runs.start(environment, ...args)
  const code = await run.ready
  return { ...run, code, text: run.output() }
}

const adminToken = async () => (await readSecrets(runs.folder))?.ADMIN_TOKEN ?? ''
const pastable = (output: string) => output.split('\n').filter((line) => /^(\w+=\$|curl )/.test(line))

const hasCurl = (() => {
  try {
    execFileSync('curl', ['--version'])
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!hasCurl)('npm start writes', () => {
  const walk = localRuns()
  let output: string
  beforeAll(async () => {
    const run = walk.start({ PORT: String(await freePort()) })
    expect(await run.ready).toBeNull()
    output = run.commands()
  })
  afterAll(() => walk.stop())

  it('five lines that work when pasted', async () => {
    const page = output.split('\n').filter((line) => line.startsWith('echo '))
    const lines = [...pastable(output).slice(0, 4), ...page]
    const printed = execFileSync('sh', ['-c', lines.join('\n')])
      .toString()
      .split(/\r?\n/)
    expect(printed[0]).toMatch(/^\{"client_id":"[0-9a-f]{32}"\}$/)
    expect(printed[1]).toMatch(/^\{"auth_token":"ey/)
    expect(printed[2]).toBe('{"saved-in-db":2}')
    expect(printed[3]).toBe('time_utc,co2,time_upload_utc,matched_checksums,failed_checksums')
    expect(printed[4]).toMatch(/^\d{10},1223,/)
    expect(printed[5]).toMatch(/^\d{10},2351,/)
    const shown = await fetch(printed[6] ?? '', { headers: { accept: 'text/html' } })
    expect(printed[6]).toMatch(/\/download\?client_id=[0-9a-f]{32}$/)
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  })

  it('a line that completes an identity session, including its approval', async () => {
    const lines = pastable(output)
    expect(lines).toHaveLength(11)
    const walked = execFileSync('sh', ['-c', lines[4] ?? '']).toString()
    expect(walked).toMatch(
      /POST \/approve ONBOARDING_FINISHED\n {2}200 \{"success":true,"data":\{"success":true,"uuid":/,
    )
    expect(walked).toMatch(
      /GET \/onboarding-status.*\n {2}200 \{.*"onboardingStatus":"ONBOARDING_FINISHED","approved":true\}/,
    )
    expect(walked).toMatch(/\/omni\/process\/approve 1; identities made: 1\n$/)
  })

  it('lines that connect two people in a call', async () => {
    const [mine = '', theirs = ''] = execFileSync('sh', ['-c', pastable(output).slice(5, 9).join('\n')])
      .toString()
      .split('\n')
    const [one, two] = [JSON.parse(mine), JSON.parse(theirs)]
    expect(one.sid).toMatch(/^\d{4}$/)
    expect(two).toEqual({ ...one, user_token: two.user_token, session_token: two.session_token })
    expect(two.user_token).not.toBe(one.user_token)
  })
})

describe('npm start', () => {
  it('runs scheduled functions, and starts no fake for a configured provider', async () => {
    const PORT = String(await freePort())
    const { output, commands } = await start({
      PORT,
      INCODE_API_KEY: 'own',
      OPEN_ENDPOINTS: 'start,auth',
      POWERTOOLS_LOG_LEVEL: 'INFO',
    })
    expect(pastable(commands())).toHaveLength(10)
    await expect.poll(output).toContain('sweep_completed')
    const answer = await fetch(`http://localhost:${PORT}/start`)
    expect([answer.status, (await fieldsOf(answer))['code']]).toEqual([501, 'provider_not_configured'])
  })

  it('preserves its data and its secrets, which only the owner can read, after SIGKILL', async () => {
    const PORT = String(await freePort())
    const settings = { PORT, UPLOAD_REQUIRES_AUTH: 'false', DOWNLOAD_REQUIRES_AUTH: 'false' }
    const first = await start(settings)
    await fetch(`http://localhost:${PORT}/upload`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"time":[1],"kept":[7]}',
    })
    const token = await adminToken()
    first.child.kill('SIGKILL')
    await first.ended

    const second = await start(settings)
    expect(await adminToken()).toBe(token)
    const rows = () => fetch(`http://localhost:${PORT}/download?format=json&cols=time`).then(rowsOf)
    expect(await rows()).toEqual([{ time: 1 }])
    for (const name of ['secrets.json', 'run.json', 'walk-through.txt'])
      expect(statSync(`${runs.folder}/${name}`).mode & 0o777).toBe(0o600)
    for (const name of ['data', 'functions']) expect(statSync(`${runs.folder}/${name}`).mode & 0o777).toBe(0o700)
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)

    await start(settings, '--fresh')
    expect(await adminToken()).not.toBe(token)
    expect(await rows()).toEqual([])
  })

  it('accepts tokens signed with keys from the environment', async () => {
    const PORT = String(await freePort())
    const { SIGNING_KEYS } = await makeSecrets()
    await start({ PORT, SIGNING_KEYS: JSON.stringify(SIGNING_KEYS) })
    const admin = { authorization: `Bearer ${await adminToken()}` }
    const at = `http://localhost:${PORT}`
    const client = await fetch(`${at}/register?callback_url=https://a.example/`, { headers: admin }).then(fieldsOf)
    const token = await fetch(`${at}/token?client_id=${client['client_id']}`, {
      headers: { accept: 'application/json' },
    })
    const authorization = `Bearer ${(await fieldsOf(token))['auth_token']}`
    const headers = { authorization, 'content-type': 'application/json' }
    expect((await fetch(`${at}/upload`, { method: 'POST', headers, body: '{"a":[1]}' })).status).toBe(200)
  })

  it('does not change the data of another running Latchkey, even with --fresh', async () => {
    const PORT = String(await freePort())
    await start({ PORT })
    const second = await start({ PORT: String(await freePort()) }, '--fresh')
    expect(second.code).toBe(1)
    expect(second.text).toMatch(/^The folder .+ is in use by another Latchkey \(process \d+\): stop it first\.\n$/)
    expect((await fetch(`http://localhost:${PORT}/health`)).status).toBe(200)
  })
})

const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

describe('npm start prints the admin token', () => {
  it('not into the log of a service manager, which gets the names of the files', async () => {
    const PORT = String(await freePort())
    const { output, commands } = await start({ PORT })
    const token = await adminToken()
    expect(commands()).toContain(`Admin token: ${token}`)
    await expect
      .poll(output)
      .toBe(
        'Latchkey is starting.\n' +
          `Latchkey is running at http://localhost:${PORT}\n` +
          `The admin token is in ${runs.folder}/secrets.json; npm run latchkey -- setup prints it.\n` +
          `Commands to try it are in ${runs.folder}/walk-through.txt.\n` +
          `${sessionIdNotes({}).join()}\n`,
      )
  })

  it.skipIf(!hasTerminal)('on a terminal', async () => {
    const run = runs.startOnTerminal({ PORT: String(await freePort()) })
    await expect.poll(run.output).toContain('deletes it.')
    expect(run.output()).toContain(`Admin token: ${await adminToken()}`)
  })

  it('nowhere if it comes from the environment', async () => {
    const { text } = await start({ PORT: String(await freePort()), ADMIN_TOKEN: 'a'.repeat(43) })
    expect(text).toContain('The admin token is the ADMIN_TOKEN of the environment;')
    expect(text).not.toContain('aaa')
  })
})

describe('npm start prints one sentence and exits with 1', () => {
  it('for a port in use', async () => {
    const port = await freePort()
    const busy = createServer().listen(port, '127.0.0.1')
    const { text, code } = await start({ PORT: String(port) })
    busy.close()
    expect(code).toBe(1)
    expect(text).toBe(`Port ${port} is in use: stop what listens there, or set another PORT.\n`)
  })

  it('for all invalid settings together', async () => {
    const { text, code } = await start({
      PORT: 'eighty',
      TOKEN_MINUTES: '0',
      ACCEPT_COLUMNS: '(',
      CHECKSUM_SALTS: '[1]',
      ADMIN_TOKEN: 'short',
      UPLOAD_REQUIRES_AUTH: 'yes',
    })
    expect(code).toBe(1)
    expect(text.split('\n')).toHaveLength(2)
    for (const name of [
      'PORT',
      'TOKEN_MINUTES',
      'ACCEPT_COLUMNS',
      'CHECKSUM_SALTS',
      'ADMIN_TOKEN',
      'UPLOAD_REQUIRES_AUTH',
    ]) {
      expect(text).toContain(`${name} must`)
    }
  })

  it('for damaged data', async () => {
    const PORT = String(await freePort())
    const { child, ended } = await start({ PORT })
    child.kill('SIGTERM')
    await ended
    writeFileSync(`${runs.folder}/data/CURRENT`, 'nonsense')
    const { text, code } = await start({ PORT })
    expect(code).toBe(1)
    expect(text).toMatch(
      /^Latchkey is starting\.\nThe data in .+\/data is damaged: restore a copy, or delete the data with npm start -- --fresh\.\n$/,
    )
  })

  it('for damaged secrets', async () => {
    writeFileSync(`${runs.folder}/secrets.json`, '{"ADMIN_TOKEN":')
    const { text, code } = await start({ PORT: String(await freePort()) })
    expect(code).toBe(1)
    expect(text).toMatch(/^.+\/secrets\.json is damaged: repair it, or reset with npm start -- --fresh\.\n$/)
  })

  it('for an unknown option, an invalid host or an unusable folder', async () => {
    expect((await start({}, '--frsh')).text).toBe(
      'The only option is --fresh, as in npm start -- --fresh: it deletes the data.\n',
    )
    const host = await start({ PORT: String(await freePort()), HOST: 'nonsense.invalid' })
    expect(host.text).toMatch(/^Latchkey cannot listen on nonsense\.invalid, port \d+: [^\n]+\.\n$/)
    const folder = await start({ LATCHKEY_FOLDER: '/dev/null/x' })
    expect(folder.text).toMatch(/^The folder \/dev\/null\/x cannot be used: [^\n]+\.\n$/)
    expect([host.code, folder.code]).toEqual([1, 1])
  })
})
