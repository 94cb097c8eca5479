import * as z from 'zod/mini'

/** Incode's id of a session: usually 24 hexadecimal digits. It becomes part of a key and of a URL. */
export const interviewId = z
  .string()
  .check(z.regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -, as Incode issued it'))
