import { checksumExpired } from '../access/checksum-expiry.ts'
import { failure } from './operation.ts'

export const pageSize = (description: string, minimum: number, maximum: number, defaultSize: number) => ({
  description,
  schema: { type: 'integer', minimum, maximum, default: defaultSize },
})
export const timeField = (description: string) =>
  `${description}: UNIX seconds, UNIX milliseconds, ISO 8601, a date (the whole day in UTC), or a time ago such as \`-24h\` or \`-7d\`.`
export const CURSOR_FIELD = 'Start of the page, from the `Link` header of the previous page.'
export const EXPIRES_FIELD =
  'Time in UNIX seconds until which a salted checksum of this request is valid. `CHECKSUM_EXPIRY_REQUIRED` requires it, at most seven days ahead.'
export const EXPIRED_CHECKSUM = failure(
  checksumExpired(),
  { security: ['saltedChecksum'], query: { expires: '1772442000' } },
  'A checksum that has expired',
)
export const PARTICIPANT_FIELD =
  'Returns the data of one participant only. The auth token of a participant cannot name another one.'
export const CLIENT_FIELD =
  'The client whose data is read. Only the admin can name another client. Default: the caller’s own.'
