import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { type Fake, type FakeCall, type FakeReply, startFake } from './fake.ts'
import {
  createFakeBox,
  type FakeBox,
  type NewFakeBox,
  requestedBox,
  secretBox,
  toPublicBox,
  updateBox,
} from './opensensemap-boxes.ts'
import {
  batchOf,
  type FakeMeasurement,
  requireBoxToken,
  savedReply,
  singleOf,
  storeMeasurements,
} from './opensensemap-measurements.ts'
import {
  errorReply,
  FakeError,
  pageOf,
  parametersOf,
  parsePath,
  postLimiter,
  type RateLimit,
  requireId,
  requireJson,
  requireText,
} from './opensensemap-requests.ts'

export type { FakeBox, FakeSensor, NewFakeBox } from './opensensemap-boxes.ts'
export type { FakeMeasurement } from './opensensemap-measurements.ts'
export type { RateLimit } from './opensensemap-requests.ts'

export interface FakeOpenSenseMap extends Fake {
  /** Settings that direct Latchkey to this fake. */
  settings: Record<string, string>
  /** Boxes by id. Tests may add, change and delete them, as users of the website can. */
  boxes: Map<string, FakeBox>
  /** All stored measurements, in order of arrival. */
  measurements: FakeMeasurement[]
  /** The API to imitate: openSenseMap's successor may use the same address. */
  generation: 'classic' | 'successor'
  /** Rate limit of POST requests under /boxes. */
  rateLimit: RateLimit
  /** Boxes per page of the classic API. */
  pageSize: number
  /** Invalidates all JWTs, and on request the refresh token. */
  expireTokens(refreshTokensToo?: boolean): void
  /** Adds a box; it belongs to the account unless `own` is false. */
  addBox(fields: NewFakeBox): FakeBox
}

const EMAIL = 'latchkey@fake-opensensemap.example'
const NAME = 'Latchkey'
const PASSWORD = 'fake-opensensemap-password'
const REFRESH_TOKEN_MS = 7 * 86_400_000
/** Only the fake itself verifies its JWTs. */
const OWN_KEY = randomBytes(32)

/** The parts of openSenseMap's API that a sender of measurements uses, classic and successor. */
export async function startFakeOpenSenseMap(): Promise<FakeOpenSenseMap> {
  const jwts = new Set<string>()
  let newest: { jwt: string; refreshToken: string; until: number } | undefined
  const tooManyPosts = postLimiter()
  const fake = await startFake(async (call) => {
    const { headers, ...reply } =
      tooManyPosts(call, osem.rateLimit, isSuccessor()) ??
      (await respond(call).catch((error) => errorReply(error, isSuccessor())))
    const json = typeof reply.body === 'string' ? {} : { 'content-type': 'application/json; charset=utf-8' }
    return { ...reply, headers: { 'access-control-allow-origin': '*', ...json, ...headers } }
  })
  const members: Omit<FakeOpenSenseMap, keyof Fake> = {
    settings: { OSEM_UPLOAD: 'true', SENSEMAP_API: fake.url, SENSEMAP_EMAIL: EMAIL, SENSEMAP_PASSWORD: PASSWORD },
    boxes: new Map(),
    measurements: [],
    generation: 'classic',
    rateLimit: { posts: 15, windowMs: 60_000, header: 'Retry-After', wait: String },
    pageSize: 3,
    expireTokens(refreshTokensToo = false) {
      jwts.clear()
      if (refreshTokensToo) newest = undefined
    },
    addBox: (fields) => storeBox(createFakeBox(fields)),
  }
  const osem: FakeOpenSenseMap = Object.assign(fake, members)
  const isSuccessor = () => osem.generation === 'successor'

  function storeBox(box: FakeBox): FakeBox {
    osem.boxes.set(box._id, box)
    return box
  }

  async function requireUser({ headers }: FakeCall): Promise<void> {
    const [, jwt = ''] = /^Bearer (\S+)$/.exec(headers['authorization'] ?? '') ?? []
    const isValid = await jwtVerify(jwt, OWN_KEY, { issuer: osem.url, algorithms: ['HS256'] }).then(
      () => jwts.has(jwt),
      () => false,
    )
    if (!isValid) throw new FakeError(403, 'Invalid JWT authorization. Please sign in to obtain new JWT.')
  }

  async function signIn(message: string): Promise<FakeReply> {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { role: 'user', sub: EMAIL, jti: randomUUID(), iss: osem.url, iat, exp: iat + 3_600 }
    const jwt = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(OWN_KEY)
    jwts.add(jwt)
    const refreshToken = createHmac('sha256', OWN_KEY).update(jwt).digest('base64')
    newest = { jwt, refreshToken, until: Date.now() + REFRESH_TOKEN_MS }
    return { status: 200, body: { code: 'Authorized', message, data: { user: user() }, token: jwt, refreshToken } }
  }

  const ownBoxes = () => [...osem.boxes.values()].filter(({ own }) => own)
  const user = () => {
    const boxes = ownBoxes().map(({ _id }) => _id)
    return { name: NAME, email: EMAIL, role: 'user', language: 'en_US', boxes, emailIsConfirmed: true }
  }

  function requireBox(id: string): FakeBox {
    const box = osem.boxes.get(requireId('boxId', id))
    if (!box) throw new FakeError(404, 'Box not found')
    return box
  }

  async function respond(call: FakeCall): Promise<FakeReply> {
    const { route, id, sensor } = parsePath(call.path)
    const handler = routes[`${call.method} ${route}`]
    if (handler) return handler(call, id, sensor)
    const hasOtherMethods = Object.keys(routes).some((key) => key.endsWith(` ${route}`))
    if (hasOtherMethods) throw new FakeError(405, `${call.method} is not allowed`)
    throw new FakeError(404, `${call.path} does not exist`, isSuccessor() ? {} : { code: 'ResourceNotFound' })
  }

  const routes: Record<string, (call: FakeCall, id: string, sensor: string) => FakeReply | Promise<FakeReply>> = {
    'POST /users/sign-in': (call) => {
      requireJson(call)
      const parameters = parametersOf(call)
      const email = requireText(parameters, 'email')
      const isKnown = email === NAME || email.toLowerCase() === EMAIL
      if (requireText(parameters, 'password') === PASSWORD && isKnown) return signIn('Successfully signed in')
      throw new FakeError(403, 'User and or password not valid!')
    },
    'POST /users/refresh-auth': (call) => {
      requireJson(call)
      const token = requireText(parametersOf(call), 'token')
      const isNewest = newest && newest.refreshToken === token && newest.until > Date.now()
      const isPair = !isSuccessor() || call.headers['authorization'] === `Bearer ${newest?.jwt}`
      if (!newest || !isNewest || !isPair) {
        const text = 'Refresh token invalid or too old. Please sign in with your username and password.'
        throw new FakeError(403, text)
      }
      jwts.delete(newest.jwt)
      newest = undefined // before the first await: concurrent requests may not use the token twice
      return signIn('Successfully refreshed auth')
    },
    'GET /users/me': async (call) => {
      await requireUser(call)
      return { status: 200, body: { code: 'Ok', data: { me: user() } } }
    },
    'GET /users/me/boxes': async (call) => {
      await requireUser(call)
      const page = pageOf(parametersOf(call))
      const all = ownBoxes().map(secretBox)
      const boxes = isSuccessor() ? all : all.slice(page * osem.pageSize, (page + 1) * osem.pageSize)
      return { status: 200, body: { code: 'Ok', data: { boxes, boxes_count: all.length, sharedBoxes: [] } } }
    },
    'POST /boxes': async (call) => {
      await requireUser(call)
      requireJson(call)
      const data = secretBox(storeBox(requestedBox(parametersOf(call), isSuccessor())))
      return { status: 201, body: isSuccessor() ? data : { message: 'Box successfully created', data } }
    },
    'GET /boxes/:id': (_call, id) => ({ status: 200, body: toPublicBox(requireBox(id)) }),
    'PUT /boxes/:id': async (call, id) => {
      await requireUser(call)
      requireJson(call)
      const box = requireBox(id)
      if (!box.own) throw new FakeError(403, 'User does not own this senseBox')
      const deleted = updateBox(box, parametersOf(call))
      osem.measurements = osem.measurements.filter(({ sensor }) => !deleted.includes(sensor))
      return { status: 200, body: isSuccessor() ? secretBox(box) : { code: 'Ok', data: secretBox(box) } }
    },
    'POST /boxes/:id/data': (call, id) => {
      const box = requireBox(id)
      requireBoxToken(box, call, isSuccessor())
      storeMeasurements(osem.measurements, box, batchOf(box, call, isSuccessor()))
      return savedReply('Measurements saved in box', isSuccessor())
    },
    'POST /boxes/:id/:sensorId': (call, id, sensor) => {
      requireJson(call)
      const [box, sensorId] = [requireBox(id), requireId('sensorId', sensor)]
      requireBoxToken(box, call, isSuccessor())
      storeMeasurements(osem.measurements, box, [singleOf(box, sensorId, parametersOf(call), isSuccessor())])
      return savedReply('Measurement saved in box', isSuccessor())
    },
  }
  return osem
}
