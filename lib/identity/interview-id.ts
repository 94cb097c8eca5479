import * as z from 'zod/mini'

/** Incode's name of a session: 24 hexadecimal digits, as far as was seen. It becomes part of a key and of an address. */
export const interviewId = z
  .string()
  .check(z.regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -, as Incode has given it'))
