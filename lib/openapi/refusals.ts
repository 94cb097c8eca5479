import type { ValidationIssue } from '../core/problem.ts'
import type { ErrorExample, RequestExample } from './operation.ts'

/** A parameter, header or member at fault: which, and what is wrong with it. */
export function invalidField(field: string, detail: string, sent: RequestExample): ErrorExample {
  const issues: ValidationIssue[] = [{ field, detail }]
  return { code: 'parameter_invalid', detail: `${field} ${detail}.`, issues, sent }
}

export const unknownParameter = (name: string): ErrorExample => ({
  ...invalidField(name, 'is not known here', { query: { [name]: '5' } }),
  summary: 'A parameter that is not known',
})

export const STORAGE: ErrorExample = {
  code: 'storage_unavailable',
  summary: 'The store does not answer',
  detail: 'The request was not carried out: repeat it in 5 seconds.',
  headers: { 'retry-after': '5' },
}

/** Nothing that proves who calls; `wanted` is what would do. */
export const missing = (wanted: string): ErrorExample => ({
  code: 'credentials_missing',
  detail: `Send ${wanted}.`,
  sent: { security: [] },
})

export const NOT_ADMIN: ErrorExample = {
  code: 'credentials_invalid',
  detail: 'This is not the admin token.',
  sent: { security: [], headers: { Authorization: 'Bearer not-the-admin-token' } },
}

/** What may be wrong with an auth token that must have one of the scopes. */
export const authTokenRefused = (...scopes: string[]): ErrorExample[] => [
  {
    code: 'credentials_invalid',
    summary: 'Not a token of this service',
    detail: 'The auth token is not one that this service has issued.',
    sent: { security: [], headers: { Authorization: 'Bearer not.a.token' } },
  },
  {
    code: 'token_expired',
    summary: 'The auth token has expired',
    detail: 'Get a new one from /token.',
    sent: { security: ['authToken'] },
  },
  {
    code: 'not_allowed',
    summary: 'The auth token lacks the scope',
    detail: `The auth token does not have the scope ${scopes.join(' or ')}. Register the client with it.`,
    sent: { security: ['authToken'] },
  },
]

export const wantedToken = (...scopes: string[]): string =>
  `an auth token with scope ${scopes.join(' or ')} as Authorization: Bearer`

/** JSON bodies that cannot be read, where they may have so many bytes. */
export const jsonRefused = (bytes: number): ErrorExample[] => [
  {
    code: 'body_invalid',
    detail: 'The body is not JSON in UTF-8.',
    issues: [{ field: 'body', detail: 'is not JSON in UTF-8' }],
    sent: { body: undefined, bytes: 'data:application/json,%7B%22' },
  },
  {
    code: 'body_too_large',
    summary: 'The body is too large',
    detail: `The body has more than ${bytes} bytes.`,
  },
  {
    code: 'content_encoding_unsupported',
    detail: 'Send the body as it is, or with Content-Encoding: gzip.',
    headers: { 'accept-encoding': 'gzip' },
    sent: { headers: { 'Content-Encoding': 'br' } },
  },
]

/** What a provider may do: calls to it are made within seven seconds. */
export const providerRefused = (provider: string, ...settings: string[]): ErrorExample[] => [
  {
    code: 'provider_not_configured',
    summary: `${provider} is not set up`,
    detail: `${settings.join(' and ')} ${settings.length === 1 ? 'is not set' : 'are not set'}: see the README, Settings.`,
  },
  { code: 'provider_refused', summary: `${provider} refuses`, detail: `${provider} refused this request.` },
  {
    code: 'provider_answer_invalid',
    summary: `${provider} talks rubbish`,
    detail: `${provider} gave an answer that cannot be understood.`,
  },
  {
    code: 'provider_unavailable',
    summary: `${provider} does not answer`,
    detail: `${provider} does not answer at the moment. Try again later.`,
    headers: { 'retry-after': '30' },
  },
  {
    code: 'provider_timeout',
    summary: `${provider} is too slow`,
    detail: `${provider} did not answer in time. Try again later.`,
    headers: { 'retry-after': '30' },
  },
]
