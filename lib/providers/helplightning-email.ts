import * as z from 'zod/mini'
import { maxString } from '../core/zod-helpers.ts'

/** An e-mail address as Help Lightning knows its users by: ASCII. It becomes part of a filter: nothing in it may end that. */
export const emailAddress = maxString(254).check(
  z.regex(/^[\w.!#$'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/, 'must be an e-mail address'),
)

/**
 * Whether two texts are the same address, letters compared without case. Of ASCII letters only: beyond them, some turn
 * into others (the Kelvin sign into a k), and somebody into somebody else.
 */
export const isSameAddress = (one: string, other: string): boolean => folded(one) === folded(other)

const folded = (address: string): string => address.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
