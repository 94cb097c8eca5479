import { EventEmitter } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { LIVE_AGENT } from '../../../dev/demo/measurements.ts'
import { hasKeyboard, keyLine, readKeys } from '../../../dev/keys.ts'
import { startRunOutput } from '../../../dev/run-output.ts'
import { callNotes, logLines, terminalLines, webhookLines } from '../../../dev/start-lines.ts'

describe('the keys of npm start', () => {
  it('run their actions, and Ctrl+C interrupts; the terminal is as before at the end', () => {
    const input = Object.assign(new EventEmitter(), { setRawMode: vi.fn(), setEncoding: vi.fn(), resume: vi.fn() })
    const run = vi.fn()
    const interrupt = vi.fn()
    const before = process.listeners('exit')
    const actions = [{ key: 'o', label: 'open', run }]
    readKeys(input, actions, interrupt)
    const [restore] = process.listeners('exit').filter((listener) => !before.includes(listener))
    for (const key of ['x', 'o', '\u0003']) input.emit('data', key)
    expect([run.mock.calls.length, interrupt.mock.calls.length]).toEqual([1, 1])
    restore?.(0)
    if (restore) process.off('exit', restore)
    expect(input.setRawMode.mock.calls).toEqual([[true], [false]])
    expect(keyLine([...actions, { key: 'q', label: 'quit', run }])).toBe('o open   q quit')
  })

  it('need a terminal', () => {
    expect(hasKeyboard({})).toBe(false)
  })
})

it('npm start says which HLSERVER_SESSION_ID current SDKs need at the first call, until it is set', () => {
  const note = expect.stringMatching(/Current SDKs read a string: set HLSERVER_SESSION_ID=string/)
  for (const environment of [{}, { HLSERVER_SESSION_ID: '' }]) {
    const notes = callNotes(environment)
    expect([notes('POST /upload'), notes('POST /session'), notes('GET /session')]).toEqual([[], [note], []])
  }
  expect(callNotes({ HLSERVER_SESSION_ID: 'list' })('POST /session')).toEqual([])
})

it('npm start does not show the digest of an admin token', () => {
  const run = { url: 'http://localhost:3000', adminToken: 'sha256:abc', folder: '.latchkey', keys: '', webhooks: '' }
  const lines = terminalLines(run, new PassThrough())
  expect(lines).toContain('Admin token    not shown, because only its digest is set\n')
  expect(lines).not.toMatch(/abc|Keys/)
})

it('npm start lists the address of each provider of webhooks.yml', () => {
  const webhooks = webhookLines(['stripe', 'github'], 'https://example.ngrok.app/')
  expect(webhooks).toBe(
    'Webhook of stripe: https://example.ngrok.app/webhook/stripe\nWebhook of github: https://example.ngrok.app/webhook/github',
  )
  expect(webhookLines([], 'http://localhost:3000', ['curl http://127.0.0.1:4711'])).toBe(
    'Events at the fake target: curl http://127.0.0.1:4711',
  )
  const run = { url: 'http://localhost:3000', adminToken: 'token', folder: '.latchkey', keys: '', webhooks }
  expect(terminalLines(run, new PassThrough())).toContain(
    '\n\n  Webhook of stripe: https://example.ngrok.app/webhook/stripe\n  Webhook of github: https://example.ngrok.app/webhook/github\n\nCtrl+C',
  )
  expect(logLines(run, true)).toContain(`3000\n${webhooks}\nThe admin token is in .latchkey/secrets.json;`)
  expect(logLines({ ...run, webhooks: '' }, true)).toContain('3000\nThe admin token')
  expect(terminalLines({ ...run, webhooks: '' }, new PassThrough())).not.toContain('Webhook')
})

it('the output of a run goes to its log, which only its owner can read, and as it is to an output without a terminal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-output-'))
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const output = startRunOutput(folder, { stdout, stderr })
  const text = '{"level":"ERROR","message":"Failed."}'
  output.functionOutput({ functionName: 'UploadLambdaFunction', text, stream: 'stderr' })
  output.request({ method: 'GET', routeKey: 'GET /health', result: { statusCode: 200 }, ms: 1 })
  expect(stderr.read().toString()).toBe(`${text}\n`)
  expect(JSON.parse(stdout.read().toString())).toMatchObject({ message: 'GET /health', status: 200 })
  const file = join(folder, 'run.log')
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { function: 'upload', message: { level: 'ERROR', message: 'Failed.' } },
    { function: 'gateway', message: { message: 'GET /health' } },
  ])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  rmSync(folder, { recursive: true })
})

it('a terminal shows all requests but the rows of the live demo, whatever their User-Agent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-output-'))
  const [stdout, stderr] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()]
  const output = startRunOutput(folder, { stdout, stderr })
  const send = (routeKey: string, statusCode: number) => {
    const place = { accountId: '', apiId: '', domainName: '', domainPrefix: '', requestId: '', routeKey, stage: '' }
    const http = { method: '', path: '', protocol: '', sourceIp: '', userAgent: '' }
    const event = {
      ...{ version: '2.0', routeKey, rawPath: '', rawQueryString: '', headers: { 'user-agent': LIVE_AGENT } },
      ...{ isBase64Encoded: false, requestContext: { ...place, time: '', timeEpoch: 0, http } },
    }
    output.request({ method: 'POST', routeKey, event, result: { statusCode }, ms: 1 })
    return stdout.read() === null
  }
  expect([send('POST /upload', 200), send('POST /upload', 401), send('GET /clients', 200)]).toEqual([
    true,
    false,
    false,
  ])
  rmSync(folder, { recursive: true })
})
