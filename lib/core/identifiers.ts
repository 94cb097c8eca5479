import * as z from 'zod/mini'

/**
 * Both are part of DynamoDB keys, which have at most 2,048 bytes.
 * @limit Uploads | characters of the name of a box or a participant
 */
export const MAX_ID_CHARACTERS = 256

/** Not longer than any client id that was issued; whether the client exists is checked later. */
export const clientIdSchema = z
  .string()
  .check(z.minLength(1, 'must not be empty'), z.maxLength(64, 'is longer than any client id'))
