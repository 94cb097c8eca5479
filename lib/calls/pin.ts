import { randomInt, randomUUID } from 'node:crypto'
import { Problem } from '../core/problem.ts'
import { reservePin } from './store-pins.ts'

/** With nine PINs out of ten in use, 25 draws fail once in fourteen times. */
const DRAWS = 25

/** A uniformly random PIN of at most twelve decimal digits. */
export const randomPin = (digits: number): string => String(randomInt(10 ** digits)).padStart(digits, '0')

export interface ReservedPin {
  pin: string
  holder: string
}

/** Reserves a PIN that no call has. Throws `pins_exhausted` (503) where 25 random PINs are in use. */
export async function reserveRandomPin(digits: number, now: number): Promise<ReservedPin> {
  const holder = randomUUID()
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const pin = randomPin(digits)
    if (await reservePin(pin, holder, now)) return { pin, holder }
  }
  throw pinsExhausted()
}

export const pinsExhausted = () =>
  new Problem('pins_exhausted', 'Too many calls are under way for PINs this short: try again in a minute.', {
    headers: { 'retry-after': '60' },
  })
