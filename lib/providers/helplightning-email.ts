import * as z from 'zod/mini'
import { maxString } from '../core/zod-helpers.ts'

/** An e-mail address of a Help Lightning user: ASCII. It becomes part of a filter, so it must not contain delimiters. */
export const emailAddress = maxString(254).check(
  z.regex(/^[\w.!#$'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/, 'must be an e-mail address'),
)

/**
 * Whether two texts are the same address, ignoring the case of ASCII letters. Other letters can change into ASCII ones (the
 * Kelvin sign into a k), and one user into another.
 */
export const isSameAddress = (one: string, other: string): boolean => folded(one) === folded(other)

const folded = (address: string): string => address.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
