// @module-tag local-only
// Parameter Store is a fake of this process.
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

const request = z.object({ Names: z.array(z.string()).max(10), WithDecryption: z.literal(true) })

/** GetParameters of SSM Parameter Store: parameters that do not exist are omitted. */
let store: Server
const parameters = new Map<string, string>()
const asked: string[] = []
let down: 'AccessDeniedException' | 'ThrottlingException' | undefined
let latchkey: Latchkey
beforeAll(async () => {
  store = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    if (down)
      return void response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' }).end(`{"__type":"${down}"}`)
    const { Names } = request.parse(JSON.parse(Buffer.concat(chunks).toString()))
    asked.push(...Names)
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    const found = Names.filter((name) => parameters.has(name))
    response.end(JSON.stringify({ Parameters: found.map((Name) => ({ Name, Value: parameters.get(Name) })) }))
  })
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve))
  const address = store.address()
  const port = typeof address === 'object' && address ? address.port : 0
  latchkey = await startLatchkey({
    PARAMETER_PATH: '/latchkey/prod',
    AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${port}`,
  })
  for (const name of ['ADMIN_TOKEN', 'SIGNING_KEYS', 'VERIFICATION_KEYS', 'SEAL_KEY']) {
    parameters.set(`/latchkey/prod/${name}`, process.env[name] ?? '')
    delete process.env[name]
  }
})
afterAll(async () => {
  await latchkey.stop()
  store.close()
})

describe('a deployed stage', () => {
  it('reads the secrets it needs from Parameter Store once per container', async () => {
    const { client_id } = await latchkey.register()
    await latchkey.register()
    expect(asked).toEqual(['ADMIN_TOKEN', 'CHECKSUM_SALTS'].map((name) => `/latchkey/prod/${name}`))
    const token = await latchkey.token(client_id)
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
    expect(asked.slice(2)).toEqual(['/latchkey/prod/SIGNING_KEYS', '/latchkey/prod/VERIFICATION_KEYS'])
  })

  it('returns 500 while a secret is missing, and recovers when it exists', async () => {
    await latchkey.anotherContainer()
    const key = parameters.get('/latchkey/prod/SEAL_KEY') ?? ''
    parameters.delete('/latchkey/prod/SEAL_KEY')
    const checksum_salt = 'a salt of this test'
    await expect(latchkey.register({ checksum_salt })).rejects.toThrow('500')
    parameters.set('/latchkey/prod/SEAL_KEY', key)
    expect((await latchkey.register({ checksum_salt })).client_id).toBeDefined()
  })

  it('reads secrets again after four to five minutes, and uses cached ones during an outage', async () => {
    await latchkey.anotherContainer()
    const { client_id } = await latchkey.register()
    const before = asked.length
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 239_000 })
    await latchkey.register()
    expect(asked).toHaveLength(before)
    vi.setSystemTime(Date.now() + 62_000)
    await latchkey.register()
    expect(asked.length).toBeGreaterThan(before)

    down = 'AccessDeniedException'
    vi.setSystemTime(Date.now() + 301_000)
    expect((await latchkey.register()).client_id).toBeDefined()
    // The token function has not read its keys yet: it has no cached values.
    await expect(latchkey.token(client_id)).rejects.toThrow('500')
    down = undefined
    expect(await latchkey.token(client_id)).toMatch(/^ey/)
    vi.useRealTimers()
  })

  it('returns 503 with Retry-After while Parameter Store throttles and no value is cached', async () => {
    await latchkey.anotherContainer()
    down = 'ThrottlingException'
    const answer = await latchkey.asAdmin('/clients')
    down = undefined
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await answer.json()).toMatchObject({ code: 'storage_unavailable' })
    expect((await latchkey.asAdmin('/clients')).status).toBe(200)
  })

  it('accepts the admin token if only its digest is stored', async () => {
    const { secretDigest } = await import('../../../lib/crypto/secrets.ts')
    parameters.set('/latchkey/prod/ADMIN_TOKEN', secretDigest(latchkey.adminToken))
    await latchkey.anotherContainer()
    expect((await latchkey.register()).client_id).toBeDefined()
    expect((await latchkey.call('/register?callback_url=https://a.example&token=sha256:abc')).status).toBe(401)
  })
})
