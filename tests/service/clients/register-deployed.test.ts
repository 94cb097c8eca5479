import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ STAGE: 'prod' })
})
afterAll(() => latchkey.stop())

const register = (url: string) =>
  latchkey.call(`/register?token=${latchkey.adminToken}&callback_url=${encodeURIComponent(url)}`)

it.each([
  'http://localhost/',
  'http://localhost:8080/',
  'http://LOCALHOST/',
  'http://localhost./',
  'http://app.localhost/',
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://127.0.0.1./',
  'http://%31%32%37.0.0.1/',
  'http://127。0。0。1/',
  'http://0.0.0.0/',
  'http://0/',
  'http://[::1]/',
  'http://[::]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[fe80::1]/',
  'http://[fd00::1]/',
  'http://10.1.2.3/',
  'http://172.16.0.1/',
  'http://192.168.2.110:8777/',
  'http://169.254.169.254/latest/meta-data/',
  'http://100.64.0.1/',
])('rejects the callback %s on a deployed stage with 400', async (url) => {
  const answer = await register(url)
  expect(answer.status).toBe(400)
  expect((await problemOf(answer)).errors).toEqual([
    { field: 'callback_url', detail: 'must lead to a public host on a deployed stage' },
  ])
})

it.each([
  'https://study.example/',
  'https://study.example/?u=http://localhost',
  'http://93.184.216.34/',
  'https://[2606:2800::1]/',
])('accepts the callback %s on a deployed stage', async (url) => {
  expect((await register(url)).status).toBe(200)
})
