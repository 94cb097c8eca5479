import { randomBytes } from 'node:crypto'
import { type Fake, startFake } from './fake.ts'

export interface FakeSethealth extends Fake {
  /** Tokens that were given, with what was asked for. */
  given: { token: string; expiresIn: unknown; userId: unknown; testMode: unknown }[]
  settings: Record<string, string>
}

const ID = 'sa_4829104_fake'
const SECRET = 'r_ZmFrZS1zZXRoZWFsdGg='

/** Sethealth's token endpoint: takes two fields or all five, and refuses by a status alone. */
export async function startFakeSethealth(): Promise<FakeSethealth> {
  const given: FakeSethealth['given'] = []
  const fake = await startFake(({ method, path, body, headers }) => {
    const wish = new Map(Object.entries(body ?? {}))
    if (method !== 'POST' || path !== '/token') return { status: 404, body: 'not found' }
    if (!/^application\/json/.test(headers['content-type'] ?? '')) return { status: 415, body: 'JSON, please' }
    if (wish.get('id') !== ID || wish.get('secret') !== SECRET) return { status: 401, body: 'bad credentials' }
    if (!Number.isSafeInteger(wish.get('expires-in') ?? 0)) return { status: 400, body: 'expires-in: nanoseconds' }
    const token = `st_${randomBytes(16).toString('hex')}`
    given.push({
      token,
      expiresIn: wish.get('expires-in'),
      userId: wish.get('user-id'),
      testMode: wish.get('test-mode'),
    })
    return { status: 200, body: { token } }
  })
  const settings = { SETHEALTH_API_URL: fake.url, SETHEALTH_KEY: ID, SETHEALTH_SECRET: SECRET }
  return Object.assign(fake, { given, settings })
}
