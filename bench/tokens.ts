import { randomBytes, randomUUID } from 'node:crypto'
import { importJWK, jwtVerify, SignJWT } from 'jose'
import { startDynamoDb } from '../dev/dynamodb.ts'
import { issueToken, signToken, type TokenClaims, verifyToken } from '../lib/access/auth-token.ts'
import { clearSettingsCache } from '../lib/config/settings.ts'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../lib/core/signing-algorithms.ts'
import { makeSigningKey, publicHalf, publicHalves } from '../lib/crypto/deployment-secrets.ts'
import { fillWithCopies } from './fill.ts'
import { type Call, callHandler, startBench } from './harness.ts'
import { medianOf, report } from './report.ts'
import { rounds } from './rounds.ts'
import { perSecond, ratios, runInTurns } from './turns.ts'

/**
 * Part `tokens`: signing and verifying tokens of each algorithm, compared with bare `jose` with the same keys, claims and checks. Then
 * `/register` and `/upload` on nearly empty tables, compared with full ones. Compared runs take turns.
 */
const ROUNDS = rounds(5)
const TOKENS_A_ROUND = 400
const REQUESTS_A_ROUND = 60
const CLIENTS = 20_000
const TOKENS = 10_000
const LIFE_SECONDS = 5_400
const PUBLIC_URL = 'http://localhost'

const { template, endpoint, secrets, load, stop } = await startBench()

const randomId = () => randomBytes(16).toString('hex')
const clientId = randomId()

function claims(): TokenClaims {
  const iat = Math.floor(Date.now() / 1000)
  const common = { iss: PUBLIC_URL, aud: PUBLIC_URL, client_id: clientId, scope: 'upload' }
  return { ...common, jti: randomUUID(), iat, exp: iat + LIFE_SECONDS }
}

/** Signing and verifying with a key of one algorithm, by Latchkey and by bare `jose`. */
async function measureAlgorithm(alg: SigningAlgorithm) {
  const jwk = await makeSigningKey(alg)
  process.env['SIGNING_KEYS'] = JSON.stringify({ keys: [jwk] })
  process.env['VERIFICATION_KEYS'] = publicHalves(process.env['SIGNING_KEYS'])
  clearSettingsCache()
  const [privateKey, publicKey] = await Promise.all([importJWK(jwk), importJWK(publicHalf(jwk), alg)])
  const bareSign = ({ jti, client_id, scope, iat, exp }: TokenClaims) =>
    new SignJWT({ client_id, scope })
      .setProtectedHeader({ alg, typ: 'at+jwt', kid: jwk.kid })
      .setIssuer(PUBLIC_URL)
      .setAudience(PUBLIC_URL)
      .setSubject(client_id)
      .setJti(jti)
      .setIssuedAt(iat)
      .setExpirationTime(exp)
      .sign(privateKey)
  const sampleToken = await signToken(claims())
  const checks = { algorithms: [alg], typ: 'at+jwt', issuer: PUBLIC_URL, audience: PUBLIC_URL, clockTolerance: 5 }
  const crypto = {
    sign: () => signToken(claims()),
    'bare sign': () => bareSign(claims()),
    verify: () => verifyToken(sampleToken),
    'bare verify': () => jwtVerify(sampleToken, publicKey, { ...checks, requiredClaims: ['exp', 'sub'] }),
  }
  // Signing and verifying do not take turns: a short call after a long one is slower.
  const signTimes = await runInTurns(['sign', 'bare sign'], ROUNDS, TOKENS_A_ROUND, (kind) => crypto[kind]())
  const verifyTimes = await runInTurns(['verify', 'bare verify'], ROUNDS, TOKENS_A_ROUND, (kind) => crypto[kind]())
  return [
    medianOf(`sign a token with ${alg}`, '/s', perSecond(signTimes('sign'))),
    medianOf(`sign a token with ${alg} by bare jose`, '/s', perSecond(signTimes('bare sign'))),
    medianOf(
      `tokens signed with ${alg}, of those of bare jose`,
      'x',
      ratios(signTimes('bare sign'), signTimes('sign')),
      {
        atLeast: 0.8,
      },
    ),
    medianOf(`verify a token with ${alg}`, '/s', perSecond(verifyTimes('verify'))),
    medianOf(`verify a token with ${alg} by bare jose`, '/s', perSecond(verifyTimes('bare verify'))),
    medianOf(
      `tokens verified with ${alg}, of those of bare jose`,
      'x',
      ratios(verifyTimes('bare verify'), verifyTimes('verify')),
      { atLeast: 0.8 },
    ),
  ]
}

const { SIGNING_KEYS = '', VERIFICATION_KEYS = '' } = process.env
const algorithmRows = []
for (const alg of SIGNING_ALGORITHMS) algorithmRows.push(...(await measureAlgorithm(alg)))
Object.assign(process.env, { SIGNING_KEYS, VERIFICATION_KEYS })
clearSettingsCache()

/** Loads handlers for one database, and registers a client with a token. */
async function deploy(version: string, database: string) {
  // Handlers read the database's endpoint at their first call.
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = database
  const names = ['register', 'token', 'upload'] as const
  const [register, token, upload] = await Promise.all(names.map((name) => load(name, version)))
  if (!register || !token || !upload) throw new Error('a handler is missing')
  const json = { 'content-type': 'application/json', accept: 'application/json' }
  const registration: Call = {
    method: 'POST',
    path: '/register',
    headers: { ...json, authorization: `Bearer ${secrets.ADMIN_TOKEN}` },
    body: JSON.stringify({ callback_url: 'https://app.example/' }),
  }
  const { client_id } = JSON.parse(await callHandler(register, registration))
  const tokenCall: Call = { method: 'GET', path: '/token', query: `client_id=${client_id}`, headers: json }
  const { auth_token } = JSON.parse(await callHandler(token, tokenCall))
  let time = 1_600_000_000
  const makeUpload = (): Call => {
    time += 60
    const headers = { ...json, authorization: `Bearer ${auth_token}` }
    return { method: 'POST', path: '/upload', headers, body: JSON.stringify({ time, temperature: 21.5, co2: 612 }) }
  }
  await callHandler(upload, makeUpload())
  return { register: () => callHandler(register, registration), upload: () => callHandler(upload, makeUpload()) }
}

const second = await startDynamoDb(template.tables, { isOpen: true })
const empty = await deploy('?empty', endpoint)
const full = await deploy('?full', second.endpoint)
const startedAt = performance.now()
const fill = (table: string, count: number, differing: Parameters<typeof fillWithCopies>[3]) =>
  fillWithCopies(second.endpoint, process.env[table] ?? '', count, differing)
await fill('CLIENTS_TABLE', CLIENTS, () => ({ client_id: { S: randomId() } }))
await fill('TOKENS_TABLE', TOKENS, () => ({ id: { S: `jti#${randomUUID()}` } }))
console.error(`the tables were filled in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)

const registerTimes = await runInTurns(['empty', 'full'], ROUNDS, REQUESTS_A_ROUND, (kind) =>
  kind === 'full' ? full.register() : empty.register(),
)
const uploadTimes = await runInTurns(['empty', 'full'], ROUNDS, REQUESTS_A_ROUND, (kind) =>
  kind === 'full' ? full.upload() : empty.upload(),
)
const grant = {
  clientId,
  scope: ['upload'],
  participantTrusted: false,
  audience: [PUBLIC_URL],
  lifetimeSeconds: LIFE_SECONDS,
}
const mintTimes = await runInTurns(['mint'], ROUNDS, REQUESTS_A_ROUND, () => issueToken(grant, Date.now()))

const clients = `${CLIENTS.toLocaleString('en')} clients`
const tokens = `${TOKENS.toLocaleString('en')} live tokens`
const ratioOfFull = (times: typeof uploadTimes) => ratios(times('full'), times('empty'))
report('tokens', [
  ...algorithmRows,
  medianOf('mint a token: signed, and stored in the embedded table', '/s', perSecond(mintTimes('mint'))),
  medianOf('`/register`, few clients', '/s', perSecond(registerTimes('empty'))),
  medianOf(`\`/register\`, ${clients}`, '/s', perSecond(registerTimes('full'))),
  medianOf(`time of \`/register\`, ${clients} to few`, '', ratioOfFull(registerTimes), { atMost: 1.2 }),
  medianOf('`/upload` of one row, one live token', '/s', perSecond(uploadTimes('empty'))),
  medianOf(`\`/upload\` of one row, ${tokens}`, '/s', perSecond(uploadTimes('full'))),
  medianOf(`time of \`/upload\`, ${tokens} to one`, '', ratioOfFull(uploadTimes), { atMost: 1.2 }),
])

await Promise.all([second.stop(), stop()])
process.exit(0)
