// @module-tag local-only
// It sends many requests, to test code that does not depend on AWS.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createFile, PHOTO } from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

const SECRET = randomUUID()
let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ TRUSTED_PROXY: 'cloudfront', TRUSTED_PROXY_SECRET: SECRET })
})
afterAll(() => latchkey.stop())

it('limits new files of a caller, and of no other caller with the same client', async () => {
  const token = await latchkey.token((await latchkey.register()).client_id)
  const create = async (viewer: string) => {
    const headers = { 'cloudfront-viewer-address': `${viewer}:443`, 'x-origin-verify': SECRET }
    return (await createFile(latchkey, token, { ...PHOTO, size: 1 }, headers)).status
  }
  await Promise.all(Array.from({ length: 100 }, () => create('198.51.100.7')))
  expect(await create('198.51.100.7')).toBe(429)
  expect(await create('198.51.100.8')).toBe(201)
})
