import type { ErrorExample } from '../operation.ts'
import { authTokenRefused, missing, NOT_ADMIN, STORAGE, wantedToken } from '../refusals.ts'
import { UNKNOWN_ID } from '../samples.ts'
import { checksumWanted, wrongChecksum } from './upload.ts'

/** Who may read measurements, as lib/access/reads-measurements.ts has it. */
export const readerRefused: readonly ErrorExample[] = [
  missing(`the admin token as Authorization: Bearer, or ${wantedToken('download')}, or ${checksumWanted}`),
  NOT_ADMIN,
  ...authTokenRefused('download'),
  {
    code: 'not_allowed',
    summary: 'The data of another client',
    detail: 'Only the admin may read the data of another client.',
    sent: { query: { client_id: UNKNOWN_ID } },
  },
  wrongChecksum,
  STORAGE,
]

export const pageFields = {
  number: (description: string, least: number, most: number, usual: number) => ({
    description,
    schema: { type: 'integer', minimum: least, maximum: most, default: usual },
  }),
  time: (description: string) => `${description}: UNIX seconds, UNIX milliseconds or ISO 8601.`,
  cursor: 'Where the page begins: taken from the `Link` of the page before.',
}

export const client_id =
  'Whose data, for the admin; others may name none but their own client. Default: the caller’s own.'
