import { randomInt, randomUUID } from 'node:crypto'
import { Problem } from '../core/problem.ts'
import { reservePin } from './store-pins.ts'

/** With 90% of the PINs in use, 25 draws fail with a probability of 7%. */
const DRAWS = 25

/** A uniformly random PIN of at most twelve decimal digits. */
export const randomPin = (digits: number): string => String(randomInt(10 ** digits)).padStart(digits, '0')

export interface ReservedPin {
  pin: string
  holder: string
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
