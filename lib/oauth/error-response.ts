import type { ProblemCode } from '../core/problem.ts'
import { type FormatError, json, publicDetail } from '../http/response.ts'

/**
 * Error codes of RFC 6749, RFC 8707, RFC 9449 and draft-ietf-oauth-attestation-based-client-auth. Every other client error is
 * an `invalid_request`.
 */
const ERRORS: Partial<Record<ProblemCode, string>> = {
  credentials_missing: 'invalid_client',
  credentials_invalid: 'invalid_client',
  client_unauthorized: 'unauthorized_client',
  attestation_missing: 'invalid_client',
  attestation_invalid: 'invalid_client_attestation',
  attestation_expired: 'use_fresh_attestation',
  challenge_required: 'use_attestation_challenge',
  grant_invalid: 'invalid_grant',
  grant_unsupported: 'unsupported_grant_type',
  scope_invalid: 'invalid_scope',
  target_invalid: 'invalid_target',
  proof_invalid: 'invalid_dpop_proof',
  nonce_required: 'use_dpop_nonce',
  too_many_attempts: 'temporarily_unavailable',
}

/** Their problems have other statuses at other endpoints. */
const BAD_REQUESTS = ['invalid_request', 'invalid_dpop_proof']

const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** Formats a problem as `{error, error_description}` (RFC 6749 section 5.2). */
export const formatOAuthError: FormatError = (problem) => {
  const error = ERRORS[problem.code] ?? (problem.status < 500 ? 'invalid_request' : 'server_error')
  const status = BAD_REQUESTS.includes(error) ? 400 : problem.status
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="latchkey"' } : {}
  // RFC 6749 allows only these characters.
  const error_description = publicDetail(problem).replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'")
  return json(status, { error, error_description }, { ...NO_STORE, ...challenge, ...problem.headers })
}
