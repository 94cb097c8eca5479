import { randomBytes } from 'node:crypto'
import { type Fake, startFake } from './fake.ts'

export interface FakeSethealth extends Fake {
  /** Issued tokens with the parameters of their requests. */
  issuedTokens: { token: string; expiresIn: unknown; userId: unknown; testMode: unknown }[]
  settings: Record<string, string>
}

const ID = 'sa_4829104_fake'
const SECRET = 'r_ZmFrZS1zZXRoZWFsdGg='

/** Sethealth's token endpoint: it accepts two or all five fields; its errors have a status and a short text. */
export async function startFakeSethealth(): Promise<FakeSethealth> {
  const issuedTokens: FakeSethealth['issuedTokens'] = []
  const fake = await startFake(({ method, path, body, headers }) => {
    const fields = new Map(Object.entries(body ?? {}))
    if (method !== 'POST' || path !== '/token') return { status: 404, body: 'not found' }
    if (!/^application\/json/.test(headers['content-type'] ?? '')) return { status: 415, body: 'JSON, please' }
    if (fields.get('id') !== ID || fields.get('secret') !== SECRET) return { status: 401, body: 'bad credentials' }
    if (!Number.isSafeInteger(fields.get('expires-in') ?? 0)) return { status: 400, body: 'expires-in: nanoseconds' }
    const token = `st_${randomBytes(16).toString('hex')}`
    issuedTokens.push({
      token,
      expiresIn: fields.get('expires-in'),
      userId: fields.get('user-id'),
      testMode: fields.get('test-mode'),
    })
    return { status: 200, body: { token } }
  })
  const settings = { SETHEALTH_API_URL: fake.url, SETHEALTH_KEY: ID, SETHEALTH_SECRET: SECRET }
  return Object.assign(fake, { issuedTokens, settings })
}
