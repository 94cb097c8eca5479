// @module-tag local-only: it calls a function of a test
import { createServer } from 'node:http'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { listenLocally } from '../../../dev/free-port.ts'
import { localInvoke } from '../../../dev/invoke.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'
import { startWork } from '../../../lib/files/start-work.ts'
import { gatherLogs, logged, outputSince } from '../../support/logs.ts'
import { closed } from '../../support/server.ts'

const CREDENTIALS = { accessKeyId: 'key', secretAccessKey: 'secret' }
const calls: [name: string, event: unknown][] = []
const service = localInvoke({
  credentials: CREDENTIALS,
  run(name, event) {
    if (name !== 'latchkey-test-processFiles') return
    calls.push([name, event])
    return Promise.reject(new Error('the function fails later'))
  },
})
const server = createServer((request, response) => {
  if (service.serves(request)) void service.handle(request, response)
  else response.writeHead(404).end()
})

gatherLogs()

let url: string
beforeEach(async () => {
  calls.length = 0
  url = await listenLocally(server)
  const environment = {
    AWS_ENDPOINT_URL_LAMBDA: url,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: '',
    PROCESS_FILES_FUNCTION: 'latchkey-test-processFiles',
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  clearSettingsCache()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  clearSettingsCache()
  await closed(server)
})

/** The log of a call, which never rejects. */
async function logOf(work: Parameters<typeof startWork>[0]): Promise<string> {
  const before = logged()
  await startWork(work)
  return outputSince(before)
}

it('starts the function, and does not wait for it', async () => {
  expect(await logOf({ file: '4f' })).toBe('')
  expect(await logOf({ export: '9c' })).toBe('')
  expect(calls).toEqual([
    ['latchkey-test-processFiles', { file: '4f' }],
    ['latchkey-test-processFiles', { export: '9c' }],
  ])
})

it.each([
  ['the credentials are wrong', 'InvalidSignatureException', { AWS_SECRET_ACCESS_KEY: 'other' }],
  ['the access key is unknown', 'UnrecognizedClientException', { AWS_ACCESS_KEY_ID: 'other' }],
  ['the function is missing', 'ResourceNotFoundException', { PROCESS_FILES_FUNCTION: 'latchkey-other-processFiles' }],
  ['its name is not set', 'ConfigError', { PROCESS_FILES_FUNCTION: '' }],
  ['Lambda is unreachable', 'Error', { AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:9' }],
])('logs when %s', async (_, name, changes) => {
  for (const [variable, value] of Object.entries(changes)) vi.stubEnv(variable, value)
  clearSettingsCache()
  const text = await logOf({ file: '4f' })
  expect(text).toContain('work_not_started')
  expect(text).toContain(`"name":"${name}"`)
  expect(calls).toEqual([])
})

it.each([
  ['a web page', 403, { origin: 'https://app.example' }, '{}'],
  ['a caller without a key', 403, {}, '{}'],
  ['a caller that knows the key alone', 403, { authorization: 'AWS4-HMAC-SHA256 Credential=key/x' }, '{}'],
  ['an event that is too long', 413, { authorization: 'AWS4-HMAC-SHA256 Credential=key/x' }, 'x'.repeat(1_048_577)],
])('the local Lambda rejects %s with %d', async (_, status, headers, body) => {
  const path = '/2015-03-31/functions/latchkey-test-processFiles/invocations'
  const response = await fetch(url + path, { method: 'POST', headers, body })
  expect(response.status).toBe(status)
  expect(calls).toEqual([])
})
