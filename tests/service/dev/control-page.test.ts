// @module-tag local-only
// These tests start a server of the local run.
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { startControlPage } from '../../../dev/fakes/control-page.ts'

let url: string
let runs = 0
beforeAll(async () => {
  url = await startControlPage(async (write) => {
    runs += 1
    write('done')
  })
})
beforeEach(() => {
  runs = 0
})

const send = (address: string, options: { method?: string; headers?: Record<string, string> } = {}) =>
  new Promise<[number | undefined, string]>((resolve, reject) => {
    const sent = request(address, options, (response) => {
      text(response).then((body) => resolve([response.statusCode, body]), reject)
    })
    sent.once('error', reject)
    sent.end()
  })

it('runs a fake for the caller who knows its key', async () => {
  expect(new URL(url).pathname).toMatch(/^\/[\w-]{43}$/)
  expect(await send(url)).toEqual([200, 'done\n'])
  expect(await send(url.replace('127.0.0.1', 'localhost'))).toEqual([200, 'done\n'])
  expect(runs).toBe(2)
})

it.each<[string, string, Parameters<typeof send>[1]]>([
  ['without the key', '/', {}],
  ['with a wrong key', `/${'x'.repeat(43)}`, {}],
  ['of a web page', '', { headers: { origin: 'https://evil.example' } }],
  ['to a foreign Host', '', { headers: { host: 'evil.example' } }],
  ['that asks for CORS', '', { method: 'OPTIONS', headers: { origin: 'https://evil.example' } }],
  ['of another method', '', { method: 'POST' }],
])('does nothing for a request %s', async (_, path, options) => {
  expect(await send(path ? new URL(path, url).href : url, options)).toEqual([404, ''])
  expect(runs).toBe(0)
})
