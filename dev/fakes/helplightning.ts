import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { type Fake, type FakeCall, type FakeReply, startFake } from './fake.ts'

/** A user of the fake enterprise. */
interface FakeUser {
  id: number
  name: string
  email: string
  token: string
}

interface FakeSession {
  id: string
  /** Session tokens by user id. */
  tokens: Map<number, string>
  creator: number
}

export interface FakeHelpLightning extends Fake {
  users: FakeUser[]
  sessions: Map<string, FakeSession>
  /** Expired user tokens. Help Lightning documents two errors: a number in the body, or plain text. */
  expired: Map<string, 'number' | 'text'>
  addUser(email: string): Promise<FakeUser>
  /** Delivers an event with Help Lightning's signature. */
  deliver(url: string, event: object): Promise<Response>
  settings: Record<string, string>
}

const KEY = 'fake-helplightning-api-key'
const SITE = '4711'
/** The default of HLSERVER_WEBHOOK_SECRET in a local run. */
export const FAKE_WEBHOOK_SECRET = 'fake-helplightning-webhook-secret'
/** Only the fake itself verifies these tokens. */
const OWN_KEY = randomBytes(32)

const token = (subject: string) =>
  new SignJWT({ typ: 'access', ver: '100' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('Ghazal')
    .setAudience('Ghazal')
    .setSubject(subject)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('30d')
    .sign(OWN_KEY)

const errorReply = (status: number, message = 'refused'): FakeReply => ({ status, body: { message } })

/** A new private key for partner tokens, as PEM. */
export const makePartnerKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** Help Lightning's API as its public documents and samples describe it. It verifies the partner token with the public key. */
export async function startFakeHelpLightning(
  emails: readonly string[] = [],
  partnerKey = makePartnerKey(),
): Promise<FakeHelpLightning> {
  const publicKey = createPublicKey(partnerKey)
  let lastId = 40
  const fake = await startFake((call) => respond(call))
  const helpLightning: FakeHelpLightning = Object.assign(fake, {
    users: [],
    sessions: new Map(),
    expired: new Map(),
    async addUser(email: string) {
      lastId += 1
      const id = lastId
      const user = { id, name: email.split('@')[0] ?? '', email, token: await token(`User:${id}`) }
      helpLightning.users.push(user)
      return user
    },
    deliver(url: string, event: object) {
      const body = JSON.stringify(event)
      const signature = createHmac('sha256', FAKE_WEBHOOK_SECRET).update(body).digest('hex')
      const headers = { 'content-type': 'application/json', 'x-helplightning-signature': `sha256=${signature}` }
      return fetch(url, { method: 'POST', body, headers })
    },
    settings: {
      HLSERVER_URL: fake.url,
      HLSERVER_ENTERPRISE_ID: SITE,
      HLSERVER_API_KEY: KEY,
      HLSERVER_PARTNER_KEY: partnerKey,
      HLSERVER_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRET,
    },
  })
  for (const email of emails) await helpLightning.addUser(email)

  async function isPartner({ headers }: FakeCall): Promise<boolean> {
    const expected = { algorithms: ['RS256'], issuer: 'Ghazal', audience: 'Ghazal', subject: `Partner:${SITE}` }
    return jwtVerify(headers['authorization'] ?? '', publicKey, { ...expected, requiredClaims: ['exp'] }).then(
      ({ payload }) => (payload.exp ?? 0) - Date.now() / 1000 <= 3_600,
      () => false,
    )
  }
  const userOf = (token: string | undefined) => helpLightning.users.find((user) => user.token === token)

  /** The user of a user token, or the error reply for an invalid or expired one. */
  function asUser({ headers }: FakeCall): FakeUser | FakeReply {
    const userToken = headers['authorization'] ?? ''
    const errorFormat = helpLightning.expired.get(userToken)
    if (errorFormat === 'number') return { status: 400, body: { code: 1003, message: 'user token expired' } }
    if (errorFormat === 'text') return { status: 401, body: 'Token expired' }
    return userOf(userToken) ?? errorReply(401)
  }

  async function respond(call: FakeCall): Promise<FakeReply> {
    if (call.headers['x-helplightning-api-key'] !== KEY) return errorReply(401)
    if (call.headers['content-type'] !== 'application/json') return errorReply(415)
    const [, id = ''] = /^\/v1(?:r1\/enterprise\/users|\/sessions)\/([\w-]+)$/.exec(call.path) ?? []
    const route = `${call.method} ${id === '' ? call.path : call.path.replace(id, ':id')}`
    return routes[route]?.(call, id) ?? errorReply(404)
  }

  const routes: Record<string, (call: FakeCall, id: string) => FakeReply | Promise<FakeReply>> = {
    'GET /v1r1/enterprise/users': async (call) => {
      if (!(await isPartner(call))) return errorReply(401)
      const email = /^email=(.*)$/.exec(call.query.get('filter') ?? '')?.[1]
      const entries = helpLightning.users.filter((user) => user.email === email).map(entry)
      const pages = { page: 1, page_size: 20, total_entries: entries.length, total_pages: 1 }
      return { status: 200, body: { entries, ...pages } }
    },
    'GET /v1r1/enterprise/users/:id': async (call, id) => {
      if (!(await isPartner(call))) return errorReply(401)
      const user = helpLightning.users.find((user) => String(user.id) === id)
      return user ? { status: 200, body: entry(user) } : errorReply(404)
    },
    'POST /v1/sessions': async (call) => {
      const creator = asUser(call)
      if (!('email' in creator)) return creator
      const contacts = Object.values(call.body ?? {})
        .flat()
        .map((userToken) => userOf(String(userToken)))
      const id = randomUUID()
      const tokens = new Map<number, string>()
      for (const user of [creator, ...contacts]) {
        if (!user) return errorReply(400)
        tokens.set(user.id, await token(`Session:${id}`))
      }
      helpLightning.sessions.set(id, { id, tokens, creator: creator.id })
      return { status: 200, body: sessionReply(id, tokens.get(creator.id)) }
    },
    'GET /v1/sessions/:id': (call, id) => {
      const user = asUser(call)
      if (!('email' in user)) return user
      const sessionToken = helpLightning.sessions.get(id)?.tokens.get(user.id)
      return sessionToken === undefined ? errorReply(404) : { status: 200, body: sessionReply(id, sessionToken) }
    },
    'POST /v1/session/video': async (call) => {
      const sessionToken = call.headers['authorization'] ?? ''
      const session = [...helpLightning.sessions.values()].find(({ tokens }) =>
        [...tokens.values()].includes(sessionToken),
      )
      const [userToken] = Object.values(call.body ?? {})
      if (!session || userOf(String(userToken))?.id !== session.creator) return errorReply(401)
      const server = { server: 'gss+ssl://gss.example:40178', wsserver: 'wss://gss.example:40177' }
      return { status: 200, body: { gss_info: { token: await token(`Gss:${session.id}`), ...server } } }
    },
  }
  return helpLightning
}

const entry = ({ id, name, email, token }: FakeUser) => ({
  id,
  name,
  username: name,
  email,
  active: true,
  available: true,
  status: 0,
  avatar: { original: null, thumb: null },
  enterprise_id: Number(SITE),
  role_name: 'User',
  permissions: [],
  created_at: '2018-05-25T15:32:26Z',
  first_call_at: '',
  token,
})

const sessionReply = (id: string, token: string | undefined) => ({
  id,
  token,
  video_active: false,
  pin: '',
  updated_at: new Date().toISOString(),
  users: [],
})
