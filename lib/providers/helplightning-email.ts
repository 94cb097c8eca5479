import * as z from 'zod/mini'
import { maxString } from '../core/zod-helpers.ts'

/**
 * An e-mail address of a Help Lightning user: ASCII. It becomes part of a filter, so it must not contain delimiters.
 * Phones add a blank after a suggested word.
 */
export const emailAddress = maxString(254).check(
  z.overwrite((text) => text.replace(/ +$/, '')),
  z.regex(/^[\w.!#$'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/, 'must be an e-mail address'),
)

/**
 * Whether two texts are the same address, ignoring the case of ASCII letters only. Other letters can fold to ASCII, such
 * as the Kelvin sign to k, which would match another user.
 */
export const isSameAddress = (a: string, b: string): boolean => foldCase(a) === foldCase(b)

const foldCase = (address: string): string => address.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
