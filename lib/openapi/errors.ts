import { wrongAdminToken } from '../access/admin-token.ts'
import { FAILED_LOGINS_PER_CLIENT } from '../access/auth-throttle.ts'
import { tokenExpired, unknownToken } from '../access/auth-token.ts'
import { wrongChecksum } from '../access/client-salts.ts'
import { wrongSecret } from '../access/client-secret.ts'
import { scopeMissing } from '../access/client-token.ts'
import { wrongDeviceKey } from '../access/device-key.ts'
import { proofInvalid } from '../access/dpop.ts'
import { credentialsMissing } from '../access/proof.ts'
import { wrongShareToken } from '../access/share-token.ts'
import type { Scope } from '../clients/scopes.ts'
import { settingsMissing } from '../config/config-error.ts'
import { otherClient, outsideShare } from '../core/caller.ts'
import { storageUnavailable } from '../core/problem.ts'
import { tooManyAttempts } from '../dynamodb/rate-limit.ts'
import type { Handler } from '../http/endpoint.ts'
import { type InputSchemas, JSON_BYTES, jsonInvalid, jsonTooLarge } from '../http/input.ts'
import { encodingUnsupported, type Request } from '../http/request.ts'
import { EVENT_BYTES } from '../jobs/events.ts'
import { clientMissing } from '../oauth/client-authentication.ts'
import { formTypeRequired } from '../oauth/form.ts'
import { providerProblem } from '../providers/errors.ts'
import { type ErrorExample, failure, type RequestExample, type RoutedOperation } from './operation.ts'
import { CONFIDENTIAL_ID, SHARE_TOKEN, UNKNOWN_ID } from './samples.ts'

export const exampleRequest = (parts: Partial<Request>): Request => ({
  id: 'example',
  method: 'POST',
  path: '/',
  rawQuery: '',
  query: new URLSearchParams(),
  pathParameters: {},
  address: '192.0.2.1',
  headers: {},
  rawBody: Buffer.of(),
  receivedAt: 0,
  deadline: 0,
  ...parts,
})

const NOT_ADMIN_TOKEN = { security: [], headers: { Authorization: 'Bearer not-the-admin-token' } }
const NOT_A_TOKEN = { security: [], headers: { Authorization: 'Bearer not.a.token' } }
const NOT_A_PROOF: RequestExample = { security: ['boundToken'], headers: { DPoP: 'not-a-proof' } }
const NOT_A_CHECKSUM = { security: [], headers: { 'Content-MD5-Salted': '00000000000000000000000000000000' } }

export const unknownParameter = (name: string): ErrorExample => ({
  summary: 'An unknown parameter',
  sent: { query: { [name]: '5' } },
})

export const OTHER_CLIENT = failure(otherClient(), { query: { client_id: UNKNOWN_ID } }, 'Data of another client')
export const ENCODING = failure(encodingUnsupported(), { headers: { 'Content-Encoding': 'br' } })

/** A request without the credentials that an endpoint needs. */
export const noCredentials = ({ access }: Pick<Handler, 'access'>): ErrorExample =>
  failure(credentialsMissing(access.expectation), { security: [] })

/** The errors of an operation: its own, and those of its ways to authenticate, of a JSON body and of the database. */
export function errorsOf(operation: RoutedOperation, { json }: InputSchemas): ErrorExample[] {
  const { errors, handler, route, security, tag, needsNoTables } = operation
  if (!errors) return []
  const schemes = new Set(security.flatMap((alternative) => Object.keys(alternative)))
  const scopes = security.flatMap(({ authToken = [] }) => authToken)
  const isOptional = security.some((alternative) => Object.keys(alternative).length === 0)
  return [
    ...(handler.access.expectation === undefined || isOptional ? [] : [noCredentials(handler)]),
    ...(schemes.has('adminToken') ? [failure(wrongAdminToken(), NOT_ADMIN_TOKEN)] : []),
    ...(scopes.length > 0 ? authTokenErrors(scopes) : []),
    ...errors,
    ...(json && route.startsWith('POST ') ? jsonErrors(scopes.includes('webhook') ? EVENT_BYTES : JSON_BYTES) : []),
    ...(schemes.has('saltedChecksum') ? [WRONG_CHECKSUM] : []),
    ...(schemes.has('shareToken') ? SHARE_ERRORS : []),
    ...(schemes.has('deviceKey') ? DEVICE_KEY_ERRORS : []),
    ...(tag === 'Pages' || needsNoTables ? [] : [failure(storageUnavailable(), {}, 'The database does not respond')]),
  ]
}

const WRONG_CHECKSUM = failure(wrongChecksum(), NOT_A_CHECKSUM, 'A checksum that does not match')

const NOT_A_KEY = {
  security: [],
  headers: { Authorization: `Token ${UNKNOWN_ID}:not-a-salt-of-this-client` },
}
const DEVICE_KEY_ERRORS: readonly ErrorExample[] = [
  failure(wrongDeviceKey(), NOT_A_KEY, 'A wrong device key'),
  failure(tooManyAttempts(FAILED_LOGINS_PER_CLIENT, 600), NOT_A_KEY, 'Too many wrong device keys'),
]

const NOT_A_SHARE = { security: [], headers: { Authorization: `Bearer ${SHARE_TOKEN}` } }
const SHARE_ERRORS: readonly ErrorExample[] = [
  failure(wrongShareToken(), NOT_A_SHARE, 'A wrong share token'),
  failure(
    outsideShare('source'),
    { security: ['shareToken'], query: { source: 'cellar' } },
    'A series that is not shared',
  ),
]

const jsonErrors = (maxBytes: number): readonly ErrorExample[] => [
  failure(jsonInvalid(), { body: undefined, bytes: 'data:application/json,%7B%22' }),
  failure(jsonTooLarge(maxBytes), {}, 'The body is too large'),
  ENCODING,
]

/** Errors of an auth token that needs one of these scopes. */
const authTokenErrors = (scopes: readonly Scope[]): ErrorExample[] => [
  failure(unknownToken(), NOT_A_TOKEN, 'Not a token of this service'),
  failure(tokenExpired(), { security: ['authToken'] }, 'The auth token has expired'),
  failure(scopeMissing(scopes), { security: ['authToken'] }, 'The auth token lacks the scope'),
  failure(proofInvalid('the header DPoP must be a JWT'), NOT_A_PROOF),
]

/** Errors of a provider that needs these settings. */
export const providerErrors = (provider: string, ...settings: string[]): ErrorExample[] => [
  failure(settingsMissing(...settings), {}, `${provider} is not configured`),
  failure(providerProblem('provider_refused', provider), {}, `${provider} rejects the request`),
  failure(providerProblem('provider_answer_invalid', provider), {}, `${provider} returns an invalid response`),
  failure(providerProblem('provider_unavailable', provider), {}, `${provider} does not respond`),
  failure(providerProblem('provider_timeout', provider), {}, `${provider} is too slow`),
]

export const WRONG_BASIC = { Authorization: `Basic ${Buffer.from(`${CONFIDENTIAL_ID}:wrong`).toString('base64')}` }
const WRONG_SECRET = { security: [], headers: WRONG_BASIC }

export const tooManySecrets = (sent: RequestExample): ErrorExample =>
  failure(tooManyAttempts(FAILED_LOGINS_PER_CLIENT, 600), sent, 'Too many wrong secrets')

/** Errors of a client that authenticates at an OAuth endpoint. */
export const CLIENT_ERRORS: readonly ErrorExample[] = [
  failure(clientMissing(), { security: [] }, 'No client'),
  failure(wrongSecret(), WRONG_SECRET, 'A wrong secret'),
  failure(formTypeRequired(), { contentType: 'application/json' }),
  tooManySecrets(WRONG_SECRET),
]

export const CLIENT_FIELDS = {
  client_id: 'Id of the client, unless the request has `Authorization: Basic`.',
  client_secret: 'Secret of the client, unless the request has `Authorization: Basic`.',
}

/** Fields of the requests about a token. */
export const TOKEN_FIELDS = {
  ...CLIENT_FIELDS,
  token: 'The auth token.',
  token_type_hint: 'Accepted as the RFC requires, and ignored: there is one kind of token.',
}
