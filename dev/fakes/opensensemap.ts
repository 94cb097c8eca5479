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
  overview,
  requireBoxToken,
  saved,
  singleOf,
  store,
} from './opensensemap-measurements.ts'
import {
  FakeRefusal,
  pageOf,
  parametersOf,
  placeParameter,
  postLimiter,
  type RateLimit,
  refusalOf,
  requireId,
  requireJson,
  requireText,
} from './opensensemap-requests.ts'

export type { FakeBox, FakeSensor, NewFakeBox } from './opensensemap-boxes.ts'
export type { FakeMeasurement } from './opensensemap-measurements.ts'
export type { RateLimit } from './opensensemap-requests.ts'

export interface FakeOpenSenseMap extends Fake {
  /** Settings that lead to it. */
  settings: Record<string, string>
  /** By id. Tests may add, change and delete them, as people do on the website. */
  boxes: Map<string, FakeBox>
  /** All that are stored, in order of arrival. */
  measurements: FakeMeasurement[]
  /** Which API answers: either may be behind the same address one day. */
  generation: 'classic' | 'successor'
  /** POSTs under /boxes that are let through. */
  rateLimit: RateLimit
  /** Boxes in a page of the classic API. */
  pageSize: number
  /** No JWT that was given before is taken any more; nor is the refresh token, if wished so. */
  expireTokens(refreshTokensToo?: boolean): void
  /** A box of the account, unless `own` is false. */
  addBox(fields: NewFakeBox): FakeBox
}

const EMAIL = 'latchkey@fake-opensensemap.example'
const NAME = 'Latchkey'
const PASSWORD = 'fake-opensensemap-password'
const REFRESH_LIFE = 7 * 86_400_000
/** Of the fake itself: nobody else can check its JWTs. */
const OWN_KEY = randomBytes(32)

/** openSenseMap's API, the classic one and its successor, as far as a client that sends measurements meets them. */
export async function startFakeOpenSenseMap(): Promise<FakeOpenSenseMap> {
  const jwts = new Set<string>()
  let newest: { jwt: string; refreshToken: string; until: number } | undefined
  const tooManyPosts = postLimiter()
  const fake = await startFake(async (call) => {
    const { headers, ...reply } =
      tooManyPosts(call, osem.rateLimit, isSuccessor()) ??
      (await route(call).catch((error) => refusalOf(error, isSuccessor())))
    const json = typeof reply.body === 'string' ? {} : { 'content-type': 'application/json; charset=utf-8' }
    return { ...reply, headers: { 'access-control-allow-origin': '*', ...json, ...headers } }
  })
  const own: Omit<FakeOpenSenseMap, keyof Fake> = {
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
    addBox: (fields) => added(createFakeBox(fields)),
  }
  const osem: FakeOpenSenseMap = Object.assign(fake, own)
  const isSuccessor = () => osem.generation === 'successor'

  function added(box: FakeBox): FakeBox {
    osem.boxes.set(box._id, box)
    return box
  }

  async function requireUser({ headers }: FakeCall): Promise<void> {
    const [, jwt = ''] = /^Bearer (\S+)$/.exec(headers['authorization'] ?? '') ?? []
    const isValid = await jwtVerify(jwt, OWN_KEY, { issuer: osem.url, algorithms: ['HS256'] }).then(
      () => jwts.has(jwt),
      () => false,
    )
    if (!isValid) throw new FakeRefusal(403, 'Invalid JWT authorization. Please sign in to obtain new JWT.')
  }

  async function authorized(message: string): Promise<FakeReply> {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { role: 'user', sub: EMAIL, jti: randomUUID(), iss: osem.url, iat, exp: iat + 3_600 }
    const jwt = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(OWN_KEY)
    jwts.add(jwt)
    const refreshToken = createHmac('sha256', OWN_KEY).update(jwt).digest('base64')
    newest = { jwt, refreshToken, until: Date.now() + REFRESH_LIFE }
    return { status: 200, body: { code: 'Authorized', message, data: { user: user() }, token: jwt, refreshToken } }
  }

  const ownBoxes = () => [...osem.boxes.values()].filter(({ own }) => own)
  const user = () => {
    const boxes = ownBoxes().map(({ _id }) => _id)
    return { name: NAME, email: EMAIL, role: 'user', language: 'en_US', boxes, emailIsConfirmed: true }
  }

  function boxOf(id: string): FakeBox {
    const box = osem.boxes.get(requireId('boxId', id))
    if (!box) throw new FakeRefusal(404, 'Box not found')
    return box
  }

  async function route(call: FakeCall): Promise<FakeReply> {
    const { place, id, sensor } = placeParameter(call.path)
    const found = routes[`${call.method} ${place}`]
    if (found) return found(call, id, sensor)
    const isPlace = Object.keys(routes).some((key) => key.endsWith(` ${place}`))
    if (isPlace) throw new FakeRefusal(405, `${call.method} is not allowed`)
    throw new FakeRefusal(404, `${call.path} does not exist`, isSuccessor() ? {} : { code: 'ResourceNotFound' })
  }

  const routes: Record<string, (call: FakeCall, id: string, sensor: string) => FakeReply | Promise<FakeReply>> = {
    // Not of the real API: for people who run all of it on their machine and want to see what has arrived.
    'GET /': () => ({ status: 200, body: overview(osem.boxes, osem.measurements) }),
    'POST /users/sign-in': (call) => {
      requireJson(call)
      const given = parametersOf(call)
      const email = requireText(given, 'email')
      const isKnown = email === NAME || email.toLowerCase() === EMAIL
      if (requireText(given, 'password') === PASSWORD && isKnown) return authorized('Successfully signed in')
      throw new FakeRefusal(403, 'User and or password not valid!')
    },
    'POST /users/refresh-auth': (call) => {
      requireJson(call)
      const token = requireText(parametersOf(call), 'token')
      const isNewest = newest && newest.refreshToken === token && newest.until > Date.now()
      const isPair = !isSuccessor() || call.headers['authorization'] === `Bearer ${newest?.jwt}`
      if (!newest || !isNewest || !isPair) {
        const text = 'Refresh token invalid or too old. Please sign in with your username and password.'
        throw new FakeRefusal(403, text)
      }
      jwts.delete(newest.jwt)
      newest = undefined // before anything is awaited: it is for one use, also if two come at once
      return authorized('Successfully refreshed auth')
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
      const data = secretBox(added(requestedBox(parametersOf(call), isSuccessor())))
      return { status: 201, body: isSuccessor() ? data : { message: 'Box successfully created', data } }
    },
    'GET /boxes/:id': (_call, id) => ({ status: 200, body: toPublicBox(boxOf(id)) }),
    'PUT /boxes/:id': async (call, id) => {
      await requireUser(call)
      requireJson(call)
      const box = boxOf(id)
      if (!box.own) throw new FakeRefusal(403, 'User does not own this senseBox')
      const gone = updateBox(box, parametersOf(call))
      osem.measurements = osem.measurements.filter(({ sensor }) => !gone.includes(sensor))
      return { status: 200, body: isSuccessor() ? secretBox(box) : { code: 'Ok', data: secretBox(box) } }
    },
    'POST /boxes/:id/data': (call, id) => {
      const box = boxOf(id)
      requireBoxToken(box, call, isSuccessor())
      store(osem.measurements, box, batchOf(box, call, isSuccessor()))
      return saved('Measurements saved in box', isSuccessor())
    },
    'POST /boxes/:id/:sensorId': (call, id, sensor) => {
      requireJson(call)
      const [box, sensorId] = [boxOf(id), requireId('sensorId', sensor)]
      requireBoxToken(box, call, isSuccessor())
      store(osem.measurements, box, [singleOf(box, sensorId, parametersOf(call), isSuccessor())])
      return saved('Measurement saved in box', isSuccessor())
    },
  }
  return osem
}
