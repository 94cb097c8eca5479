import * as z from 'zod'

/** An e-mail address as Help Lightning knows its users by. It becomes part of a filter: nothing in it may end that. */
export const emailAddress = z
  .string()
  .max(254, 'must have at most 254 characters')
  .regex(/^[\w.!#$'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/, 'must be an e-mail address')
