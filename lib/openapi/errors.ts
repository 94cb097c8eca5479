import { wrongAdminToken } from '../access/admin-token.ts'
import { FAILED_LOGINS_PER_CLIENT } from '../access/auth-throttle.ts'
import { tokenExpired, unknownToken } from '../access/auth-token.ts'
import { secretMissing, wrongSecret } from '../access/client-secret.ts'
import { scopeMissing } from '../access/client-token.ts'
import { credentialsMissing } from '../access/proof.ts'
import type { Scope } from '../clients/scopes.ts'
import { settingsMissing } from '../config/config-error.ts'
import { otherClient } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { storageUnavailable } from '../dynamodb/client.ts'
import { tooManyAttempts } from '../dynamodb/rate-limit.ts'
import type { Handler } from '../http/endpoint.ts'
import { JSON_BYTES, jsonInvalid, jsonTooLarge } from '../http/input.ts'
import { encodingUnsupported, type Request } from '../http/request.ts'
import { formTypeRequired } from '../oauth/form.ts'
import { providerProblem } from '../providers/errors.ts'
import type { ErrorExample } from './operation.ts'
import { CONFIDENTIAL_ID, UNKNOWN_ID } from './samples.ts'

/** Returns the problem that `run` throws. */
export function problemOf(run: () => unknown): Problem {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('The example does not throw a problem.')
}

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

export const unknownParameter = (name: string): ErrorExample => ({
  summary: 'An unknown parameter',
  sent: { query: { [name]: '5' } },
})

export const STORAGE: ErrorExample = { problem: storageUnavailable(), summary: 'The database does not respond' }

/** A request without the credentials that an endpoint needs. */
export const noCredentials = ({ access }: Pick<Handler, 'access'>): ErrorExample => ({
  problem: credentialsMissing(access.expectation),
  sent: { security: [] },
})

export const NOT_ADMIN: ErrorExample = {
  problem: wrongAdminToken(),
  sent: { security: [], headers: { Authorization: 'Bearer not-the-admin-token' } },
}

export const OTHER_CLIENT: ErrorExample = {
  problem: otherClient(),
  summary: 'Data of another client',
  sent: { query: { client_id: UNKNOWN_ID } },
}

/** Errors of an auth token that needs one of these scopes. */
export const authTokenErrors = (...scopes: Scope[]): ErrorExample[] => [
  {
    problem: unknownToken(),
    summary: 'Not a token of this service',
    sent: { security: [], headers: { Authorization: 'Bearer not.a.token' } },
  },
  { problem: tokenExpired(), summary: 'The auth token has expired', sent: { security: ['authToken'] } },
  { problem: scopeMissing(scopes), summary: 'The auth token lacks the scope', sent: { security: ['authToken'] } },
]

export const ENCODING: ErrorExample = {
  problem: encodingUnsupported(),
  sent: { headers: { 'Content-Encoding': 'br' } },
}

/** Errors of a JSON body with a limit in bytes. */
export const jsonErrors = (bytes = JSON_BYTES): ErrorExample[] => [
  { problem: jsonInvalid(), sent: { body: undefined, bytes: 'data:application/json,%7B%22' } },
  { problem: jsonTooLarge(bytes), summary: 'The body is too large' },
  ENCODING,
]

/** Errors of a provider that needs these settings. */
export const providerErrors = (provider: string, ...settings: string[]): ErrorExample[] => [
  { problem: settingsMissing(...settings), summary: `${provider} is not configured` },
  { problem: providerProblem('provider_refused', provider), summary: `${provider} rejects the request` },
  { problem: providerProblem('provider_answer_invalid', provider), summary: `${provider} returns an invalid response` },
  { problem: providerProblem('provider_unavailable', provider), summary: `${provider} does not respond` },
  { problem: providerProblem('provider_timeout', provider), summary: `${provider} is too slow` },
]

export const WRONG_BASIC = { Authorization: `Basic ${Buffer.from(`${CONFIDENTIAL_ID}:wrong`).toString('base64')}` }

export const TOO_MANY_SECRETS: ErrorExample = {
  problem: tooManyAttempts(FAILED_LOGINS_PER_CLIENT, 600),
  summary: 'Too many wrong secrets',
  sent: { security: [], headers: WRONG_BASIC },
}

/** Errors of a client that authenticates at an OAuth endpoint. */
export const CLIENT_ERRORS: readonly ErrorExample[] = [
  { problem: secretMissing(), summary: 'No client', sent: { security: [] } },
  { problem: wrongSecret(), summary: 'A wrong secret', sent: { security: [], headers: WRONG_BASIC } },
  { problem: formTypeRequired(), sent: { contentType: 'application/json' } },
  TOO_MANY_SECRETS,
  STORAGE,
]

export const CLIENT_FIELDS = {
  client_id: 'Id of the client, unless the request has `Authorization: Basic`.',
  client_secret: 'Secret of the client, unless the request has `Authorization: Basic`.',
}
