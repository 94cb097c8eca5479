import * as z from 'zod/mini'

/** Longest source or participant id, in characters: both are part of DynamoDB keys, which end at 2,048 bytes. */
export const MAX_ID_CHARACTERS = 256

/** Not longer than any client id that was issued; whether the client exists is checked later. */
export const clientIdSchema = z
  .string()
  .check(z.minLength(1, 'must not be empty'), z.maxLength(64, 'is longer than any client id'))
