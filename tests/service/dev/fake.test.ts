// @module-tag local-only
// These tests start a server of the local run.
import { request } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Fake, startFake } from '../../../dev/fakes/fake.ts'

let fake: Fake
beforeAll(async () => {
  fake = await startFake(() => ({ status: 200 }))
})
afterAll(() => fake.stop())
beforeEach(() => {
  fake.calls.length = 0
})

const statusOf = (headers: Record<string, string>) =>
  new Promise<number | undefined>((resolve, reject) => {
    const sent = request(fake.url, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.once('error', reject)
    sent.end()
  })

it('accepts requests of programs of this machine', async () => {
  expect(await statusOf({})).toBe(200)
  expect(fake.calls).toHaveLength(1)
})

it.each([
  ['of a web page', { origin: 'https://evil.example' }],
  ['to a foreign Host', { host: 'evil.example' }],
])('rejects a request %s with 403', async (_, headers) => {
  expect(await statusOf(headers)).toBe(403)
  expect(fake.calls).toEqual([])
})

it.each([
  ['has an invalid path', 'GET // HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['ends early', 'POST /start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"a"'],
])('closes the connection, and runs on, after a request that %s', async (_, text) => {
  const socket = connect(Number(new URL(fake.url).port), '127.0.0.1')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => undefined).write(text)
  await sleep(50)
  socket.destroy()
  await closed
  await sleep(50)
  expect(await statusOf({})).toBe(200)
})
