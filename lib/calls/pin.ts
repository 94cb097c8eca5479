import { randomInt, randomUUID } from 'node:crypto'
import { Problem } from '../core/problem.ts'
import { reservePin } from './store-pins.ts'

/** With nine PINs out of ten taken, so many draws fail once in fourteen times: then the space is crowded indeed. */
const DRAWS = 25

/** A PIN at random: so many decimal digits, each as likely as the other. Twelve digits at most. */
export const randomPin = (digits: number): string => String(randomInt(10 ** digits)).padStart(digits, '0')

export interface ReservedPin {
  pin: string
  holder: string
}

/** Reserves a PIN that no living call has. */
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
