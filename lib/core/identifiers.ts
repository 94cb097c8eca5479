import { hash, randomBytes } from 'node:crypto'
import * as z from 'zod/mini'
import type { DataOwner } from './caller.ts'
import { maxString } from './zod-helpers.ts'

/**
 * DynamoDB limits keys to 2,048 bytes.
 * @limit Uploads | characters of the name of a box or a participant
 */
export const MAX_ID_CHARACTERS = 256

/** Schema of a client id. Whether the client exists is checked later. */
export const clientIdSchema = z
  .string()
  .check(z.minLength(1, 'must not be empty'), z.maxLength(64, 'must have at most 64 characters'))

/** Schema of a participant. An empty one is rejected: an unset variable must not open the data of all participants. */
export const participantSchema = maxString(MAX_ID_CHARACTERS).check(
  z.minLength(1, 'must not be empty: omit it for a token without a participant'),
  z.refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must not contain control characters'),
)

/** Schema of an id that Latchkey makes for a submission, a file or an export. */
export const hexId = z.string().check(z.regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits'))

/** The id of a new file or export: a random one, or the one that the owner's Idempotency-Key determines for this kind. */
export const newHexId = (kind: string, { clientId, participant }: DataOwner, key: string | null): string =>
  key === null
    ? randomBytes(16).toString('hex')
    : hash('sha256', JSON.stringify([kind, clientId, participant ?? null, key]), 'hex').slice(0, 32)

/** Digest of a participant: 43 characters that are valid in any key and cursor, and do not name a person. */
export const participantDigest = (participant: string): string => hash('sha256', participant, 'base64url')
