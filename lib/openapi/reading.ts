import { checksumExpired } from '../access/checksum-expiry.ts'
import { wrongChecksum } from '../access/client-salts.ts'
import { measurementReader } from '../access/reads-measurements.ts'
import type { Scope } from '../clients/scopes.ts'
import type { Handler } from '../http/endpoint.ts'
import { authTokenErrors, NOT_ADMIN, noCredentials, OTHER_CLIENT, STORAGE } from './errors.ts'
import type { ErrorExample } from './operation.ts'

export const WRONG_CHECKSUM: ErrorExample = {
  problem: wrongChecksum(),
  summary: 'A checksum that does not match',
  sent: { security: [], headers: { 'Content-MD5-Salted': '00000000000000000000000000000000' } },
}

export const MEASUREMENT_READER_ERRORS: readonly ErrorExample[] = [
  noCredentials({ access: measurementReader }),
  NOT_ADMIN,
  ...authTokenErrors('download'),
  OTHER_CLIENT,
  WRONG_CHECKSUM,
  {
    problem: checksumExpired(),
    summary: 'A checksum that has expired',
    sent: { security: ['saltedChecksum'], query: { expires: '1772442000' } },
  },
  STORAGE,
]

/** Errors of an endpoint that needs the admin token, or an auth token with a scope. */
export const submissionAccessErrors = (scope: Scope, handler: Pick<Handler, 'access'>): ErrorExample[] => [
  noCredentials(handler),
  NOT_ADMIN,
  ...authTokenErrors(scope),
  STORAGE,
]

export const pageSize = (description: string, minimum: number, maximum: number, defaultSize: number) => ({
  description,
  schema: { type: 'integer', minimum, maximum, default: defaultSize },
})
export const timeField = (description: string) => `${description}: UNIX seconds, UNIX milliseconds or ISO 8601.`
export const CURSOR_FIELD = 'Start of the page, from the `Link` header of the previous page.'
export const EXPIRES_FIELD =
  'Time in UNIX seconds until which a salted checksum of this request is valid. `CHECKSUM_EXPIRY_REQUIRED` requires it, at most seven days ahead.'
export const PARTICIPANT_FIELD =
  'Returns the data of one participant only. The auth token of a participant cannot name another one.'
export const CLIENT_FIELD =
  'The client whose data is read. Only the admin can name another client. Default: the caller’s own.'
