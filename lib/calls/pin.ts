import { randomInt, randomUUID } from 'node:crypto'
import { Problem } from '../core/problem.ts'
import { type ReservedPin, reservePin } from './store-pins.ts'

/** With 90% of the PINs in use, 25 draws fail with a probability of 7%. */
const DRAWS = 25

/** A uniformly random PIN of at most twelve decimal digits. */
export const randomPin = (digits: number): string => String(randomInt(10 ** digits)).padStart(digits, '0')

/**
 * The PIN that a person has typed: blanks, dashes and invisible characters are ignored, and digits of every script are
 * read. Null if the rest is not a number of `digits` digits.
 */
export function parsePin(text: string, digits: number): string | null {
  const pin = text
    .normalize('NFKC')
    .replace(/[\s\p{Pd}\p{Cf}\u2212]/gu, '')
    .replace(/\p{Nd}/gu, (digit) => String(digitValue(digit.codePointAt(0) ?? 0)))
  return pin.length === digits && /^\d+$/.test(pin) ? pin : null
}

/** The value of a decimal digit. In Unicode, the digits of a script follow each other, from zero to nine. */
function digitValue(code: number): number {
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1
  return value
}

/** Reserves a PIN that no call has. Throws `pins_exhausted` (503) if 25 random PINs are in use. */
export async function reserveRandomPin(digits: number, now: number): Promise<ReservedPin> {
  const holder = randomUUID()
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const pin = randomPin(digits)
    if (await reservePin(pin, holder, now)) return { pin, holder }
  }
  throw pinsExhausted()
}

export const pinsExhausted = () =>
  new Problem('pins_exhausted', 'Too many calls are active for PINs of this length. Try again in a minute.', {
    headers: { 'retry-after': '60' },
  })
