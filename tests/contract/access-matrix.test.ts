// @module-tag local-only
// It sends each call with each credential, which a deployment would throttle.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SCOPES } from '../../lib/clients/scopes.ts'
import { exactDescription } from '../../lib/openapi/document.ts'
import { AUDIENCE, CLIENT_ID, PARTICIPANT, SUBMISSION_ID } from '../../lib/openapi/samples.ts'
import { SECURITY_SCHEMES } from '../../lib/openapi/security.ts'
import { newProofKey } from '../support/dpop.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import {
  type DescribedOperation,
  type Exchange,
  exchangesOf,
  operationsOf,
  readDocument,
  readSent,
} from '../support/openapi/document.ts'
import { type Credential, type Live, livened, requestOf } from '../support/openapi/request.ts'
import { boundTwin, granted, isReading, SETTINGS, sharedWorldOf, worldOf } from '../support/openapi/world.ts'

/** Sends each call of the API description with each kind of credential, and compares with what it allows. */
const document = readDocument(JSON.stringify(exactDescription()))

/** Operations that need a credential in a header. Others find it in their parameters. */
const guarded = operationsOf(document).filter(({ security }) => Object.keys(security[0] ?? {}).length > 0)

let latchkey: Latchkey
/** The id and secret of a confidential client with every scope. */
let basic: string
/** An auth token with every scope, for another service. */
let tokenForAnother: string
/** Auth tokens with a single scope. */
const tokens = new Map<string, string>()
beforeAll(async () => {
  latchkey = await startLatchkey(SETTINGS)
  for (const scope of SCOPES) {
    const { client_id, client_secret } = await latchkey.register({ scope, kind: 'confidential' })
    tokens.set(scope, await granted(latchkey, btoa(`${client_id}:${client_secret}`)))
  }
  const server = await latchkey.register({ scope: SCOPES.join(' '), kind: 'confidential', audience: [AUDIENCE] })
  basic = btoa(`${server.client_id}:${server.client_secret}`)
  tokenForAnother = await granted(latchkey, basic, { resource: AUDIENCE })
})
afterAll(() => latchkey.stop())

const firstExchange = (operation: DescribedOperation): Exchange => {
  const found = exchangesOf(operation).find(
    ({ status, sent }) => Number(status) < 400 && sent.security?.[0] === Object.keys(operation.security[0] ?? {})[0],
  )
  if (!found) throw new Error(`${operation.operationId} has no successful example with its first credential`)
  return found
}

/** The status of the first example of an operation, with another credential. */
async function statusWith(exchange: Exchange, live: Live, scheme: string | undefined, credential: Credential = '') {
  const sent = readSent(livened(exchange.sent, live))
  const changed = { ...sent, security: scheme === undefined ? [] : [scheme] }
  const credentials = scheme === undefined ? {} : { ...live.credentials, [scheme]: credential }
  const { path, init } = await requestOf(document, exchange.operation, changed, { ...live, credentials })
  const answer = await latchkey.call(path, init)
  return { status: answer.status, text: await answer.text() }
}

const titled = guarded.map((operation) => [`${operation.method} ${operation.path}`, operation] as const)

describe.each(titled)('%s', (_route, operation) => {
  const accepted = new Set(operation.security.flatMap((way) => Object.keys(way)))
  const scopes = new Set(operation.security.flatMap(({ authToken = [] }) => authToken))

  it('accepts the credentials of its row', async () => {
    for (const scheme of accepted) {
      const exchange = firstExchange(operation)
      // The bound token replaces the token of the world.
      const isShared = isReading(operation) && scheme !== 'boundToken'
      const live = await (isShared ? sharedWorldOf : worldOf)(latchkey, exchange)
      const { status, text } = await statusWith(exchange, live, scheme, live.credentials[scheme])
      expect([scheme, status, status < 400 ? '' : text]).toEqual([scheme, Number(exchange.status), ''])
    }
  })

  it('rejects every other credential', async () => {
    const exchange = firstExchange(operation)
    const live = await sharedWorldOf(latchkey, exchange)
    const outcomes: Record<string, number> = { none: (await statusWith(exchange, live, undefined)).status }
    for (const scheme of Object.keys(SECURITY_SCHEMES)) {
      if (accepted.has(scheme)) continue
      // A token of another kind in the same header.
      const known = { clientSecret: basic, ...live.credentials }[scheme]
      const credential = known ?? 'a-credential-of-another-kind'
      outcomes[scheme] = (await statusWith(exchange, live, scheme, credential)).status
    }
    for (const [scope, token] of tokens)
      if (!scopes.has(scope)) outcomes[scope] = (await statusWith(exchange, live, 'authToken', token)).status
    expect(Object.entries(outcomes).filter(([, status]) => ![400, 401, 403].includes(status))).toEqual([])
    expect(Object.keys(outcomes).length).toBeGreaterThan(SCOPES.length)
  })
})

const acceptsTokens = ({ security }: DescribedOperation) => security.some(({ authToken }) => authToken !== undefined)

it.each(
  guarded.filter(acceptsTokens).map((operation) => [`${operation.method} ${operation.path}`, operation] as const),
)('%s rejects a token for another service with 401', async (_route, operation) => {
  const exchange = firstExchange(operation)
  const live = await sharedWorldOf(latchkey, exchange)
  const { status, text } = await statusWith(exchange, live, 'authToken', tokenForAnother)
  const detail = operation.method === 'HEAD' ? '' : 'for another service'
  expect([status, text]).toEqual([401, expect.stringContaining(detail)])
})

it.each(
  guarded.filter(acceptsTokens).map((operation) => [`${operation.method} ${operation.path}`, operation] as const),
)('%s accepts a bound token only with a proof of its key for this request', async (_route, operation) => {
  const exchange = firstExchange(operation)
  const live = await worldOf(latchkey, exchange)
  const authToken = String(live.credentials['authToken'])
  const { url, proofKey } = live
  const token = await boundTwin(authToken, proofKey)
  const status = async (changed: Live, scheme: string, credential = token) =>
    (await statusWith(exchange, changed, scheme, credential)).status
  expect({
    'as Bearer': await status(live, 'authToken'),
    'with a proof for another host': await status({ ...live, url: 'https://other.example' }, 'boundToken'),
    'with a proof for another path': await status({ ...live, url: `${url}/other` }, 'boundToken'),
    'with a proof of another key': await status({ ...live, proofKey: await newProofKey() }, 'boundToken'),
    'as DPoP, but not bound': await status(live, 'boundToken', authToken),
  }).toEqual({
    'as Bearer': 401,
    'with a proof for another host': 401,
    'with a proof for another path': 401,
    'with a proof of another key': 401,
    'as DPoP, but not bound': 401,
  })
  expect(await status(live, 'boundToken')).toBe(Number(exchange.status))
})

const readers = guarded.filter(
  ({ tags: [tag], method }) => ['Measurements', 'Submissions'].includes(tag) && ['GET', 'DELETE'].includes(method),
)

it.each(readers.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
  '%s shows a participant no data of others',
  async (_route, operation) => {
    const exchange = firstExchange(operation)
    const live = await (isReading(operation) ? sharedWorldOf : worldOf)(latchkey, exchange)
    const stranger = await latchkey.token(live.values[CLIENT_ID] ?? '', { participant_id: 'a stranger' })
    const { status, text } = await statusWith(exchange, live, 'authToken', stranger)
    expect([200, 403, 404]).toContain(status)
    const secrets = ['1223', '"source"', PARTICIPANT, live.values[SUBMISSION_ID] ?? PARTICIPANT]
    // Random digits may be those of a value.
    const shown = text.replace(/"request_id":"[^"]*"/, '')
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([])
    const own = await statusWith(exchange, live, 'authToken', live.credentials['authToken'])
    expect(own.status).toBe(Number(exchange.status))
  },
)
