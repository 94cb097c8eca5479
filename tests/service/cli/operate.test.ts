// @module-tag local-only
// The command line works on tables and parameters of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { latchkeyCommand } from '../../support/cli.ts'
import { type Stage, startStage } from '../../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
  for (const name of ['SIGNING_KEYS', 'VERIFICATION_KEYS'])
    stage.ssm.parameters.set(`/latchkey/${stage.stage}/${name}`, {
      value: process.env[name] ?? '',
      type: 'SecureString',
      version: 1,
    })
  stage.aws.environments.set(`latchkey-${stage.stage}-token`, { PUBLIC_URL: stage.url, TOKEN_MINUTES_MAX: '600' })
})
afterAll(() => stage.stop())

const failure = (stderr: string) => ({ code: 1, stdout: '', stderr: `${stderr}\n` })
const usageError = (stderr: string) => ({ ...failure(stderr), code: 2 })

describe('clients by name', () => {
  it('are found, and refused with a list if several have the name', async () => {
    const garden = await stage.json('clients', 'create', '--name', 'garden', '--token')
    expect(await stage.json('clients', 'show', 'garden')).toMatchObject({ client_id: garden.client_id })
    expect(await stage.command('clients', 'show', 'gardn')).toEqual(
      failure('There is no such client: clients list shows all of them.'),
    )
    const twins = await Promise.all([1, 2].map(() => stage.json('clients', 'create', '--name', 'twin', '--token')))
    const { code, stderr } = await stage.command('clients', 'disable', 'twin')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^2 clients have this name\. Use the id of one: /)
    for (const { client_id } of twins) expect(stderr).toContain(`${client_id} (public, `)
  })
})

describe('tokens create', () => {
  it('issues a token that the functions accept, also for a confidential client', async () => {
    const { client_id } = await stage.register({ name: 'server', kind: 'confidential', scope: 'upload download' })
    const { auth_token, ...created } = await stage.json(
      'tokens',
      'create',
      'server',
      '--scope',
      'upload',
      '--minutes',
      '5',
    )
    expect(created).toEqual({ client_id, jti: expect.any(String), expires_at: expect.any(String) })
    const { scope, exp = 0, iat = 0 } = decodeJwt(auth_token)
    expect([scope, exp - iat]).toEqual(['upload', 300])
    const response = await fetch(`${stage.url}/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${auth_token}`, 'content-type': 'application/json' },
      body: '{"time":["2026-01-01T00:00:00Z"],"co2":[612]}',
    })
    expect(response.status).toBe(200)
  })

  it('refuses a client whose tokens must be bound to its key', async () => {
    await stage.register({ name: 'strict', dpop_bound: true })
    expect(await stage.command('tokens', 'create', 'strict')).toEqual(
      failure('The tokens of this client are bound to its key: only POST /token issues them, with a DPoP proof.'),
    )
  })

  it('refuses scopes and lifetimes that the client cannot have, and disabled clients', async () => {
    await stage.register({ name: 'closed' })
    const create = (...args: string[]) => stage.command('tokens', 'create', 'closed', ...args)
    expect((await create('--scope', 'delete')).stderr).toMatch(/^scope must be one or more of the scopes/)
    expect(await create('--minutes', '601')).toEqual(usageError('--minutes must be from 1 to 600.'))
    expect((await create('--minutes', '0')).code).toBe(2)
    await stage.command('clients', 'disable', 'closed')
    expect(await create()).toEqual(failure('The client is disabled: clients enable accepts it again.'))
    expect(await stage.command('tokens', 'create', 'f'.repeat(32))).toEqual(
      failure('There is no such client: clients list shows all of them.'),
    )
  })

  it('needs a deployed stage', async () => {
    expect(await latchkeyCommand(stage.settings, ['open', '--stage', 'other'])).toEqual(
      failure('The stage other is not deployed in this region.'),
    )
  })
})

describe('series list', () => {
  it('shows the series of one client and of all, with their times', async () => {
    await stage.json('clients', 'create', '--name', 'empty', '--token')
    expect((await stage.command('series', 'list', '--client', 'empty')).stdout).toBe(
      'There are no measurements yet: upload stores some.\n',
    )
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-series-'))
    const file = join(folder, 'roof.csv')
    writeFileSync(file, 'time,box,co2\n2026-01-01T00:00:00Z,roof,612\n2026-01-01T00:01:00Z,roof,618\n')
    const { client_id } = await stage.json('clients', 'create', '--name', 'house', '--token')
    await stage.json('upload', file, '--client', 'house')
    rmSync(folder, { recursive: true })
    const entry = {
      ...{ client_id, name: 'house', source: 'roof', columns: ['box', 'co2', 'time'] },
      ...{ first: '2026-01-01T00:00:00.000Z', last: '2026-01-01T00:01:00.000Z' },
    }
    expect(await stage.json('series', 'list', '--client', 'house')).toEqual({ series: [entry] })
    expect((await stage.json('series', 'list')).series).toContainEqual(entry)
    expect((await stage.command('series', 'list')).stdout).toMatch(/^house +roof +- .* box, co2, time$/m)
    const csv = await stage.command('download', '--client', 'house', '--from', '2026-01-01', '--out', '-')
    expect(csv.stdout.split('\n')).toHaveLength(4)
    const recent = await stage.command('download', '--client', 'house', '--from', '24h', '--out', '-')
    expect(recent).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[^\n]+\n$/) })
  })
})

describe('status', () => {
  it('shows the address, versions, tables, keys and pending work', async () => {
    const { keys, ...status } = await stage.json('status')
    expect(status).toEqual({
      ...{ stage: stage.stage, address: `${stage.url}/`, command_line_version: packageJson.version },
      ...{ version: expect.any(String), unreachable: [] },
      ...{ events: { due: 0, parked: 0 }, forwarding: { due: expect.any(Number), parked: 0 } },
    })
    expect(keys).toContainEqual({ kid: expect.any(String), alg: expect.any(String), state: 'signing' })
    expect((await stage.command('status')).stdout).toContain('\ntables: all respond\n')
  })

  it('fails when the stage does not respond', async () => {
    const { code, stdout, stderr } = await stage.command('status', '--url', 'http://127.0.0.1:1')
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'http://127.0.0.1:1/ does not respond.\n' })
    expect(stdout).toContain('version: unknown')
  })
})

describe('open', () => {
  it('opens the page of that name, and prints its address', async () => {
    const pages: string[] = []
    const open = (...args: string[]) =>
      latchkeyCommand(stage.settings, ['open', ...args, '--stage', stage.stage], undefined, {
        openUrl: async (url) => pages.push(url),
      })
    expect(await open('data')).toEqual({ code: 0, stdout: `${stage.url}/download\n`, stderr: '' })
    expect((await open()).stdout).toBe(`${stage.url}/\n`)
    expect((await open('nothing')).code).toBe(2)
    expect(pages).toEqual([`${stage.url}/download`, `${stage.url}/`])
  })
})

describe('logs', () => {
  const now = Date.now()
  const group = (name: string) => `/aws/lambda/latchkey-${stage.stage}-${name}`
  const event = (eventId: string, timestamp: number, message: string) => ({ eventId, timestamp, message })
  const refused = JSON.stringify({ level: 'WARN', message: 'Rejected.', route: 'POST /upload', service: 'latchkey' })
  beforeAll(() => {
    stage.aws.logs.set(group('token'), [event('2', now - 60_000, 'a plain line\n')])
    stage.aws.logs.set(group('upload'), [
      event('0', now - 7_200_000, refused),
      event('1', now - 120_000, refused),
      event('3', now - 30_000, 'REPORT RequestId: 1 Duration: 2 ms'),
    ])
  })
  it('shows the lines of all functions in the order of their times', async () => {
    const time = (ago: number) => new Date(now - ago).toISOString()
    expect((await stage.command('logs')).stdout).toBe(
      `${time(120_000)} upload WARN Rejected. route="POST /upload"\n${time(60_000)} token a plain line\n`,
    )
    const { stdout } = await stage.command('logs', '--since', '24h', '--function', 'upload', '--json')
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(
      [7_200_000, 120_000].map((ago) => ({ timestamp: time(ago), function: 'upload', message: JSON.parse(refused) })),
    )
  })

  it('says that there are no lines, no such function, no such stage or no such time', async () => {
    expect((await stage.command('logs', '--since', '1s')).stdout).toBe('There are no log lines since then.\n')
    expect(await stage.command('logs', '--function', 'uplod')).toEqual(
      failure('There is no such function. There are token, upload.'),
    )
    expect(await latchkeyCommand(stage.settings, ['logs', '--stage', 'other'])).toEqual(
      failure('There are no logs of this stage in this region: deploy it first.'),
    )
    expect(await stage.command('logs', '--since', 'yesterday')).toEqual(
      usageError('--since must be a time such as 10m, 24h or 2026-03-02.'),
    )
  })

  it('follows the log, and shows each line once', async () => {
    const stop = new AbortController()
    let shown = ''
    const stdout = new Writable({
      write(chunk: unknown, _encoding, done) {
        shown += String(chunk)
        if (shown.includes('a plain line') && !stop.signal.aborted) {
          stage.aws.logs.get(group('token'))?.push(event('4', now, 'a new line'))
          stop.abort()
        }
        done()
      },
    })
    const io = { stdout, signal: stop.signal }
    const args = ['logs', '--follow', '--function', 'token', '--stage', stage.stage]
    expect((await latchkeyCommand(stage.settings, args, undefined, io)).code).toBe(0)
    expect(shown.match(/ a .+/g)).toEqual([' a plain line', ' a new line'])
  })

  it('of a local run are those of its folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-logs-'))
    const logs = (...args: string[]) => latchkeyCommand({ LATCHKEY_FOLDER: folder }, ['logs', ...args])
    expect(await logs()).toEqual(failure('There is no log of a local run: start Latchkey with npm start.'))
    const lines = [120_000, 0].map((ago) => ({
      timestamp: new Date(now - ago).toISOString(),
      function: ago > 0 ? 'token' : 'upload',
      message: { level: 'INFO', message: 'POST /upload', what: '2 rows, garden' },
    }))
    writeFileSync(join(folder, 'run.log'), `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
    expect((await logs('--function', 'upload')).stdout).toBe(
      `${lines[1]?.timestamp} upload INFO POST /upload what="2 rows, garden"\n`,
    )
    expect((await logs('--json')).stdout).toBe(`${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
    rmSync(folder, { recursive: true })
  })
})
