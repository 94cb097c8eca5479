import * as z from 'zod/mini'

/**
 * DynamoDB limits keys to 2,048 bytes.
 * @limit Uploads | characters of the name of a box or a participant
 */
export const MAX_ID_CHARACTERS = 256

/** Schema of a client id. Whether the client exists is checked later. */
export const clientIdSchema = z
  .string()
  .check(z.minLength(1, 'must not be empty'), z.maxLength(64, 'must have at most 64 characters'))
