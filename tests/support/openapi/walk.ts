import * as z from 'zod'
import { SECURITY_HEADERS } from '../../../lib/http/response.ts'
import type { Latchkey } from '../latchkey.ts'
import { CIRCUMSTANCES, settle } from './circumstances.ts'
import { type Document, type Exchange, exchangesOf, readSent } from './document.ts'
import { type Live, livened, requestOf } from './request.ts'
import type { Schemas } from './schemas.ts'
import { worldFor } from './world.ts'

/** Headers that any response may have, without specific meaning. */
const EVERYWHERE = new Set([
  ...Object.keys(SECURITY_HEADERS),
  ...['connection', 'content-encoding', 'content-length', 'content-type', 'date', 'keep-alive', 'transfer-encoding'],
])

/** Members with unpredictable values, by the operation or by one of its examples. */
const VOLATILE: Readonly<Record<string, readonly string[]>> = {
  registerPublicClient: ['client_id'],
  registerClient: ['client_id', 'client_secret'],
  listClients: ['clients'],
  listDeviceKeys: ['created_at'],
  createDeviceKey: ['key_id', 'salt', 'created_at'],
  listShares: ['created_at', 'expires_at'],
  createExport: ['id', 'created_at', 'expires_at'],
  getExport: ['url', 'created_at', 'expires_at'],
  createShare: ['share_id', 'token', 'url', 'created_at', 'expires_at'],
  getToken: ['auth_token', 'expiry'],
  grantToken: ['access_token'],
  createChallenge: ['attestation_challenge'],
  attest: ['client_attestation', 'device_id'],
  introspectToken: ['exp', 'iat', 'jti'],
  getKeys: ['n', 'kid'],
  download: ['time_upload_utc'],
  submit: ['id'],
  listSubmissions: ['received_at'],
  getSubmission: ['received_at'],
  createFile: ['id', 'url_expires_at', 'created_at', 'expires_at', 'url'],
  getFile: ['url_expires_at', 'created_at', 'expires_at', 'url'],
  completeFile: ['created_at'],
  listEvents: ['events'],
  getEvent: ['received_at'],
  redriveEvent: ['received_at', 'due_at'],
  redriveEvents: ['redriven'],
  'startSession.start': ['token', 'interviewId', 'uniqueId', 'uuid'],
  'startSessionByBody.start': ['token', 'interviewId', 'uniqueId', 'uuid'],
  'getOnboardingUrl.start': ['token', 'interviewId', 'uniqueId', 'uuid', 'url'],
  'getOnboardingUrlByBody.start': ['token', 'interviewId', 'uniqueId', 'uuid', 'url'],
  createCall: ['sid', 'session_id', 'session_token'],
  joinCall: ['session_id', 'session_token'],
  getAccessToken: ['token'],
  getAccessTokenByBody: ['token'],
  approveSession: ['uuid', 'token'],
  getStartPage: ['version'],
  getHealth: ['version'],
  getStatus: ['due', 'parked'],
}

/** More than any limit on attempts. */
const MOST_TRIES = 120

/** Sends the request of an example. Returns the differences between the response and its description. */
export async function faultsOf(
  latchkey: Latchkey,
  document: Document,
  schemas: Schemas,
  exchange: Exchange,
): Promise<string[]> {
  const live = await worldFor(latchkey, exchange)
  const missing = exchange.sent.security?.find((scheme) => live.credentials[scheme] === undefined)
  if (missing) return [`tests/support/openapi/world.ts, prepared: credentials needs ${missing}`]
  if (exchange.name === 'idempotency_key_reused') await useKey(latchkey, document, exchange, live)
  const changed = CIRCUMSTANCES[exchange.summary]?.(latchkey, live, exchange)
  const sent = readSent(livened(changed ?? exchange.sent, live))
  const { path, init } = await requestOf(document, exchange.operation, sent, live)
  let answer = await latchkey.call(path, init)
  // The limit applies only after several attempts.
  for (let tries = 1; exchange.status === '429' && answer.status !== 429 && tries < MOST_TRIES; tries += 1) {
    answer = await latchkey.call(path, init)
  }
  const text = await answer.text()
  settle(latchkey)
  const hint = answer.status === 501 ? ' (tests/support/openapi/world.ts, SETTINGS)' : ''
  if (String(answer.status) !== exchange.status) return [`answered ${answer.status}${hint}: ${text.slice(0, 300)}`]
  return [
    ...headerFaults(schemas, exchange, answer),
    ...bodyFaults(schemas, { ...exchange, value: livened(exchange.value, live) }, answer, text),
  ]
}

/** Sends an example of the operation with the Idempotency-Key, so that another request reuses it. */
async function useKey(latchkey: Latchkey, document: Document, { operation, sent }: Exchange, live: Live) {
  const examples = exchangesOf(operation)
  const first = examples.find((each) => each.sent.headers?.['Idempotency-Key'] !== undefined) ?? examples[0]
  const headers = { ...first?.sent.headers, ...sent.headers }
  const before = readSent(livened({ ...first?.sent, headers }, live))
  const { path, init } = await requestOf(document, operation, before, live)
  await latchkey.call(path, init)
}

function headerFaults(schemas: Schemas, { operation, status }: Exchange, { headers }: Response): string[] {
  const described = operation.responses[status]?.headers ?? {}
  const faults = Object.entries(described).flatMap(([name, { required }]) => {
    const value = headers.get(name)
    if (value === null) return required ? [`has no ${name}`] : []
    return schemas.ofHeader(operation, status, name, value).map((fault) => `${name}: ${fault}`)
  })
  const known = new Set(Object.keys(described).map((name) => name.toLowerCase()))
  const strange = [...headers.keys()].filter((name) => !EVERYWHERE.has(name) && !known.has(name))
  return [...faults, ...strange.map((name) => `has ${name}, which is not described`)]
}

function bodyFaults(schemas: Schemas, exchange: Exchange, { headers }: Response, text: string): string[] {
  const { operation, name, status, type, value } = exchange
  if (type === undefined) return text === '' ? [] : [`has a body: ${text.slice(0, 100)}`]
  const [given = ''] = (headers.get('content-type') ?? '').split(';')
  if (given !== type) return [`is ${given}`]
  const body: unknown = /[/+]json$/.test(type) ? JSON.parse(text) : text
  const { operationId } = operation
  const volatile = new Set(['request_id', ...(VOLATILE[operationId] ?? VOLATILE[`${operationId}.${name}`] ?? [])])
  return [...schemas.ofAnswer(operation, status, type, body), ...differences(value, body, volatile)]
}

const object = z.record(z.string(), z.unknown())
const seconds = (value: unknown) =>
  typeof value === 'string' ? value.replace(/\bin \d+ seconds/, 'in so many seconds') : value

/** The difference of a body; a larger body may match. Texts that end with an ellipsis are abridged. */
function differences(shown: unknown, given: unknown, volatile: ReadonlySet<string>, place = ''): string[] {
  if (Array.isArray(shown) && Array.isArray(given) && shown.length === given.length)
    return shown.flatMap((each, index) => differences(each, given[index], volatile, `${place}/${index}`))
  const [one, other] = [object.safeParse(shown), object.safeParse(given)]
  if (one.success && other.success) {
    return Object.entries(one.data).flatMap(([name, each]) => {
      const isAlike = volatile.has(name) && typeof each === typeof other.data[name]
      return isAlike ? [] : differences(each, other.data[name], volatile, `${place}/${name}`)
    })
  }
  if (typeof shown === 'string' && shown.endsWith('…') && String(given).startsWith(shown.slice(0, -1))) return []
  return seconds(shown) === seconds(given) ? [] : [`${place} is ${JSON.stringify(given)}, not ${JSON.stringify(shown)}`]
}
