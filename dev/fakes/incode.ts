import { randomBytes } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'
import { type Fake, type FakeCall, type FakeReply, startFake } from './fake.ts'

/** A session at the fake Incode. Tests and the walk-through set `score`, `person` and `status`, as the person's actions would. */
export interface FakeInterview {
  interviewId: string
  token: string
  flowId: string
  redirectionUrl: string | null
  externalCustomerId: string | undefined
  status: string
  /** `overall.status` of the score; null before the score exists. */
  score: string | null
  /** The person whose face it is: each person has one identity. */
  person: string
}

export interface FakeIncode extends Fake {
  interviews: Map<string, FakeInterview>
  /** Identities by person: their UUIDs. */
  identities: Map<string, string>
  /** Face-login attempts by transaction id: whether each is genuine. */
  attempts: Map<string, boolean>
  /** Valid admin tokens; delete one to make it expire. */
  adminTokens: Set<string>
  /** Lifetime of an admin token in seconds. */
  adminLife: number
  /** Settings that direct Latchkey to this fake. */
  settings: Record<string, string>
}

const KEY = 'fake-incode-api-key'
const EMAIL = 'admin@fake-incode.example'
const PASSWORD = 'fake-incode-password'
const CLIENT_ID = 'fake123'

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
const jwt = (claims: JWTPayload, life: number) =>
  new SignJWT({ ...claims, jti: hex(8) })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(`${life}s`)
    .sign(randomBytes(32))

const errorReply = (status: number, error: string, path: string): FakeReply => ({
  status,
  body: { timestamp: Date.now(), status, error, message: error, path },
})

/**
 * Incode's Omni API as its public documents and samples describe it, errors included, in memory. `score` is the first score
 * of each session.
 */
export async function startFakeIncode(score: string | null = null): Promise<FakeIncode> {
  const state = {
    interviews: new Map<string, FakeInterview>(),
    identities: new Map<string, string>(),
    attempts: new Map<string, boolean>(),
    adminTokens: new Set<string>(),
    adminLife: 86_400,
  }
  const fake = await startFake(async (call) => {
    const started = performance.now()
    const reply = await respond(call)
    return { ...reply, headers: { 'processing-time': String(Math.round(performance.now() - started)) } }
  })
  const incode: FakeIncode = Object.assign(fake, {
    ...state,
    settings: {
      INCODE_API_URL: fake.url,
      INCODE_API_KEY: KEY,
      INCODE_CLIENT_ID: CLIENT_ID,
      INCODE_FLOW_ID: 'fake-flow',
      INCODE_ADMIN_EMAIL: EMAIL,
      INCODE_ADMIN_PASSWORD: PASSWORD,
    },
  })

  const sessionOf = ({ headers }: FakeCall) =>
    [...incode.interviews.values()].find(({ token }) => token === headers['x-incode-hardware-id'])
  const isAdmin = ({ headers }: FakeCall) => incode.adminTokens.has(headers['x-incode-hardware-id'] ?? '')

  async function respond(call: FakeCall): Promise<FakeReply> {
    const { method, headers, path } = call
    const route = routes[`${method} ${path.replace(/^\/0\//, '/')}`]
    if (!route) return errorReply(404, 'Not Found', path)
    if (headers['api-version'] !== '1.0') return errorReply(400, 'Bad Request', path)
    const hasNoKey = path.startsWith('/0/')
    if (!hasNoKey && headers['x-api-key'] !== KEY) return errorReply(403, 'Forbidden', path)
    if (hasNoKey && !sessionOf(call)) return errorReply(401, 'Unauthorized', path)
    return route(call)
  }

  const routes: Record<string, (call: FakeCall) => FakeReply | Promise<FakeReply>> = {
    'POST /omni/start': async ({ body, path }) => {
      const { configurationId, redirectionUrl = null, externalCustomerId, interviewId } = textsOf(body)
      if (!configurationId) return errorReply(400, 'Bad Request', path)
      const existing = incode.interviews.get(interviewId ?? '')
      const interview = existing ?? {
        interviewId: hex(12),
        token: await jwt({ role: 'ACCESS' }, 90 * 86_400),
        flowId: configurationId,
        redirectionUrl,
        externalCustomerId,
        status: 'UNKNOWN',
        score,
        person: hex(4),
      }
      incode.interviews.set(interview.interviewId, interview)
      return { status: 200, body: startReply(interview, existing !== undefined) }
    },
    'GET /omni/onboarding-url': (call) => {
      const { interviewId, flowId } = sessionOf(call) ?? { interviewId: '', flowId: '' }
      const url = `https://onboarding.fake-incode.example/${CLIENT_ID}/flow/${flowId}?interview=${interviewId}`
      return { status: 200, body: { url } }
    },
    'GET /omni/get/score': (call) => {
      const session = sessionOf(call)
      if (!session && !isAdmin(call)) return errorReply(401, 'Unauthorized', call.path)
      const interview = incode.interviews.get(call.query.get('id') ?? session?.interviewId ?? '')
      if (session && interview !== session) return errorReply(403, 'Forbidden', call.path)
      return interview ? { status: 200, body: scoreReply(interview) } : errorReply(400, 'Bad Request', call.path)
    },
    'POST /omni/process/approve': async (call) => {
      if (!isAdmin(call)) return errorReply(401, 'Unauthorized', call.path)
      const interview = incode.interviews.get(call.query.get('interviewId') ?? '')
      if (!interview) return errorReply(400, 'Bad Request', call.path)
      const before = incode.identities.get(interview.person)
      const uuid = before ?? hex(12)
      incode.identities.set(interview.person, uuid)
      const token = await jwt({ externalUserId: uuid, role: 'ACCESS' }, 90 * 86_400)
      return {
        status: 200,
        body: { success: true, uuid, token, totalScore: interview.score, existingCustomer: before !== undefined },
      }
    },
    'POST /executive/log-in': async ({ body, path }) => {
      const { email, password } = textsOf(body)
      if (email !== EMAIL || password !== PASSWORD) return errorReply(401, 'Unauthorized', path)
      const token = await jwt({ role: 'EXECUTIVE' }, incode.adminLife)
      incode.adminTokens.add(token)
      return { status: 200, body: { token } }
    },
    'GET /omni/get/onboarding/status': (call) => {
      const interview = incode.interviews.get(call.query.get('id') ?? '')
      if (!interview) return errorReply(400, 'Bad Request', call.path)
      return { status: 200, body: { onboardingStatus: interview.status } }
    },
    'GET /omni/finish-status': (call) => {
      const { redirectionUrl = null, score = null } = sessionOf(call) ?? {}
      const action = score === null ? 'none' : score === 'OK' ? 'approved' : 'rejected'
      return { status: 200, body: { redirectionUrl, action } }
    },
    'POST /omni/auth-attempt/verify': ({ body, path }) => {
      const { transactionId = '', token, interviewToken } = textsOf(body)
      const verified = incode.attempts.get(transactionId)
      if (verified === undefined || !token || !interviewToken) return errorReply(400, 'Bad Request', path)
      return { status: 200, body: { verified, transactionId, additionalInformation: null } }
    },
  }
  return incode
}

/** The string members of a body. */
const textsOf = (body: unknown): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(body ?? {}).filter(([, value]) => typeof value === 'string'))

const startReply = ({ token, interviewId }: FakeInterview, existingSession: boolean) => ({
  token,
  interviewId,
  interviewCode: interviewId.slice(0, 6),
  flowType: 'flow',
  idCaptureTimeout: 60,
  selfieCaptureTimeout: 60,
  idCaptureRetries: 3,
  selfieCaptureRetries: 3,
  curpValidationRetries: 3,
  clientId: CLIENT_ID,
  env: 'stage',
  existingSession,
  endScreenTitle: null,
  endScreenText: null,
  optinEnabled: false,
  optinCompanyName: null,
})

function scoreReply({ score, interviewId }: FakeInterview) {
  const overall = { value: score === 'OK' ? '98.7' : '0.0', status: score ?? 'UNKNOWN' }
  return {
    idValidation: { photoSecurityAndQuality: [{ value: 'OK', status: 'OK', key: 'tamperCheck' }], overall },
    liveness: { overall },
    faceRecognition: { existingUser: false, existingInterviewId: interviewId, appliedRule: null, overall },
    overall,
  }
}
