// @module-tag local-only
// These tests start processes of their own.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../../dev/free-port.ts'
import { readSecrets } from '../../../dev/secrets-file.ts'
import { makeSecrets } from '../../../lib/crypto/deployment-secrets.ts'
import { latchkeyCommand } from '../../support/cli.ts'
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
/** The commands that `--examples` prints. */
const commands = (output: string) => [...output.matchAll(/^ {2}((?:npx|curl) .+)$/gm)].map(([, line = '']) => line)

describe('npm start -- --examples prints', () => {
  const walk = localRuns()
  let lines: string[]
  beforeAll(async () => {
    const run = walk.start({ PORT: String(await freePort()) }, '--examples')
    expect(await run.ready).toBeNull()
    await vi.waitFor(() => expect(commands(run.output())).toHaveLength(7), { timeout: 5_000 })
    lines = commands(run.output())
  })
  afterAll(() => walk.stop())

  /** Runs a command of Latchkey, and returns what it prints and the pages that it opens. */
  async function pasted(line = '') {
    const args = [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word]) => word.replaceAll('"', ''))
    expect(args.slice(0, 2)).toEqual(['npx', 'latchkey'])
    const pages: string[] = []
    const openUrl = async (url: string) => pages.push(url)
    const run = await latchkeyCommand({ LATCHKEY_FOLDER: walk.folder }, args.slice(2), undefined, { openUrl })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    return { stdout: run.stdout, pages }
  }
  /** The response at an address that is printed for curl. */
  const received = (line = '') => fetch(line.replace(/^curl /, '')).then((response) => response.text())

  it('commands that all shells read alike', () => {
    expect(lines.join('\n')).not.toMatch(/['$`\\|&;<>()]/)
  })

  it('commands that register a client, upload a file and show the stored series', async () => {
    expect((await pasted(lines[0])).stdout).toMatch(/^client_id: [0-9a-f]{32}\nauth_token: ey/)
    expect((await pasted(lines[1])).stdout).toMatch(/^rows stored: 2\n/)
    expect((await pasted(lines[2])).stdout).toMatch(/ {2}garden {2}.* box, lat, lon, scd30_co2_ppm, time\n$/)
    const { pages } = await pasted(lines[3])
    expect(pages).toEqual([expect.stringMatching(/^http:\/\/localhost:\d+\/download$/)])
  })

  it('an address that completes an identity session, including its approval', async () => {
    const transcript = await received(lines[4])
    expect(transcript).toMatch(
      /POST \/approve ONBOARDING_FINISHED\n {2}200 \{"success":true,"data":\{"success":true,"uuid":/,
    )
    expect(transcript).toMatch(
      /GET \/onboarding-status.*\n {2}200 \{.*"onboardingStatus":"ONBOARDING_FINISHED","approved":true\}/,
    )
    expect(transcript).toMatch(/\/omni\/process\/approve 1; identities made: 1\n$/)
  })

  it('an address that connects two people in a call', async () => {
    const calls = (await received(lines[5])).matchAll(/^ {2}200 (\{"sid".*)$/gm)
    const [one, two] = [...calls].map(([, body = '']) => JSON.parse(body))
    expect(one.sid).toMatch(/^\d{4}$/)
    expect(two).toEqual({ ...one, user_token: two.user_token, session_token: two.session_token })
    expect(two.user_token).not.toBe(one.user_token)
  })
})

describe('npm start with settings in the environment', () => {
  const own = localRuns()
  const ADMIN_TOKEN = 'a'.repeat(43)
  let url: string
  let output: () => string
  beforeAll(async () => {
    const PORT = String(await freePort())
    url = `http://localhost:${PORT}`
    const keys = { ADMIN_TOKEN, SIGNING_KEYS: JSON.stringify((await makeSecrets()).SIGNING_KEYS) }
    const settings = { INCODE_API_KEY: 'own', OPEN_ENDPOINTS: 'start,auth', POWERTOOLS_LOG_LEVEL: 'INFO' }
    const run = own.start({ PORT, ...keys, ...settings }, '--examples')
    output = run.output
    expect(await run.ready).toBeNull()
  })
  afterAll(() => own.stop())

  it('runs scheduled functions, and starts no fake for a configured provider', async () => {
    await expect.poll(() => commands(output())).toHaveLength(6)
    await expect.poll(output).toContain('sweep_completed')
    const answer = await fetch(`${url}/start`)
    expect([answer.status, (await fieldsOf(answer))['code']]).toEqual([501, 'provider_not_configured'])
  })

  it('accepts tokens signed with keys from the environment', async () => {
    const admin = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const client = await fetch(`${url}/register?callback_url=https://a.example/`, { headers: admin }).then(fieldsOf)
    const token = await fetch(`${url}/token?client_id=${client['client_id']}`, {
      headers: { accept: 'application/json' },
    })
    const authorization = `Bearer ${(await fieldsOf(token))['auth_token']}`
    const headers = { authorization, 'content-type': 'application/json' }
    expect((await fetch(`${url}/upload`, { method: 'POST', headers, body: '{"a":[1]}' })).status).toBe(200)
  })

  it('does not print an admin token from the environment', () => {
    expect(output()).toContain('The admin token is the ADMIN_TOKEN of the environment;')
    expect(output()).not.toContain('aaa')
  })
})

const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

describe('npm start', () => {
  it('preserves its data and its secrets after SIGKILL, which only the owner can read, and reports damaged data', async () => {
    const PORT = String(await freePort())
    const settings = { PORT, UPLOAD_REQUIRES_AUTH: 'false', DOWNLOAD_REQUIRES_AUTH: 'false' }
    rmSync(`${runs.folder}/functions`, { recursive: true })
    const first = await start(settings)
    const bundles = readdirSync(`${runs.folder}/functions`)
    mkdirSync(`${runs.folder}/functions/outdated`)
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
    // The code has not changed.
    expect([bundles.length, readdirSync(`${runs.folder}/functions`)]).toEqual([1, bundles])
    const rows = () => fetch(`http://localhost:${PORT}/download?format=json&cols=time`).then(rowsOf)
    expect(await rows()).toEqual([{ time: 1 }])
    for (const name of ['secrets.json', 'run.json', 'run.log'])
      expect(statSync(`${runs.folder}/${name}`).mode & 0o777).toBe(0o600)
    for (const name of ['data', 'functions']) expect(statSync(`${runs.folder}/${name}`).mode & 0o777).toBe(0o700)
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)

    const third = await start(settings, '--fresh')
    expect(await adminToken()).not.toBe(token)
    expect(await rows()).toEqual([])

    third.child.kill('SIGTERM')
    await third.ended
    writeFileSync(`${runs.folder}/data/CURRENT`, 'nonsense')
    const { text, code } = await start(settings)
    expect(code).toBe(1)
    expect(text).toMatch(
      /^Latchkey is starting\.\nThe data in .+\/data is damaged: restore a copy, or delete the data with npm start -- --fresh\.\n$/,
    )
  })

  it('prints no admin token without a terminal, and protects its data from another Latchkey with --fresh', async () => {
    const PORT = String(await freePort())
    const { output } = await start({ PORT })
    const started =
      'Latchkey is starting.\n' +
      `Latchkey is running at http://localhost:${PORT}\n` +
      `The admin token is in ${runs.folder}/secrets.json; npx latchkey setup prints it.\n` +
      'npm run demo adds boxes with data.\n'
    await expect.poll(output).toBe(started)
    expect(output()).not.toContain(await adminToken())
    await fetch(`http://localhost:${PORT}/health?token=secret`)
    await expect.poll(() => output().slice(started.length)).toMatch(/^\{.*\}\n$/)
    expect(JSON.parse(output().slice(started.length))).toEqual({
      timestamp: expect.any(String),
      ...{ level: 'INFO', message: 'GET /health', status: 200, what: '', ms: expect.any(Number) },
    })

    const second = await start({ PORT: String(await freePort()) }, '--fresh')
    expect(second.code).toBe(1)
    expect(second.text).toMatch(/^The folder .+ is in use by another Latchkey \(process \d+\): stop it first\.\n$/)
    expect((await fetch(`http://localhost:${PORT}/health`)).status).toBe(200)
  })

  it.skipIf(!hasTerminal)('prints the admin token on a terminal', async () => {
    const run = runs.startOnTerminal({ PORT: String(await freePort()), NO_COLOR: '1' })
    await expect.poll(run.output).toContain('deletes it.')
    expect(run.output()).toContain(`  Admin token    ${await adminToken()}\r\n`)
    expect(run.output().split('\n').length).toBeLessThan(16)
    expect(run.output()).not.toContain('\u001b')
    run.child.stdin?.write('e')
    await expect.poll(() => commands(run.output().replaceAll('\r', ''))).toHaveLength(7)
    run.child.stdin?.write('q')
    expect(await run.ended).toBe(0)
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

  it('for damaged secrets', async () => {
    writeFileSync(`${runs.folder}/secrets.json`, '{"ADMIN_TOKEN":')
    const { text, code } = await start({ PORT: String(await freePort()) })
    expect(code).toBe(1)
    expect(text).toMatch(/^.+\/secrets\.json is damaged: repair it, or reset with npm start -- --fresh\.\n$/)
  })

  it('for an unknown option, an invalid host or an unusable folder', async () => {
    expect((await start({}, '--frsh')).text).toBe(
      'The options are --fresh, which deletes the data, and --examples, as in npm start -- --examples.\n',
    )
    const host = await start({ PORT: String(await freePort()), HOST: 'nonsense.invalid' })
    expect(host.text).toMatch(/^Latchkey cannot listen on nonsense\.invalid, port \d+: [^\n]+\.\n$/)
    const folder = await start({ LATCHKEY_FOLDER: '/dev/null/x' })
    expect(folder.text).toMatch(/^The folder \/dev\/null\/x cannot be used: [^\n]+\.\n$/)
    expect([host.code, folder.code]).toEqual([1, 1])
  })
})
