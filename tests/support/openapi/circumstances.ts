import { vi } from 'vitest'
import * as z from 'zod'
import type { FakeFault } from '../../../dev/fakes/fake.ts'
import type { Latchkey } from '../latchkey.ts'
import type { Exchange, Sent } from './document.ts'
import type { Live } from './request.ts'

type Circumstance = (latchkey: Latchkey, live: Live, exchange: Exchange) => Sent | undefined

const PROVIDERS = {
  Incode: 'incode',
  'Help Lightning': 'helpLightning',
  Sethealth: 'sethealth',
} as const

const FAILURES: Readonly<Record<string, FakeFault>> = {
  'rejects the request': { status: 403 },
  'returns an invalid response': 'garbage',
  'does not respond': 'never arrives',
}

const failing = Object.entries(PROVIDERS).flatMap(([provider, name]) =>
  Object.entries(FAILURES).map(([what, fault]): [string, Circumstance] => [
    `${provider} ${what}`,
    (latchkey) => {
      // A rejected login would not be retried for a minute.
      latchkey[name].plan = ({ path }) => (path === '/executive/log-in' ? undefined : fault)
      return undefined
    },
  ]),
)

const largeBody: Circumstance = (_latchkey, _live, { sent, value }) => ({
  ...sent,
  body: `"${'x'.repeat(bytesIn(value))}"`,
})

/**
 * Circumstances that a request cannot cause, by the summaries of the examples that need them. Some change the request.
 */
export const CIRCUMSTANCES: Readonly<Record<string, Circumstance>> = {
  ...Object.fromEntries(failing),
  'The database does not respond': (latchkey) => {
    latchkey.database.plan = () => 'failing'
    return undefined
  },
  // Their work cannot start.
  'Too many exports are in progress': (latchkey) => {
    latchkey.database.plan = (_command, body) => (body.includes('lease_id') ? 'failing' : undefined)
    return undefined
  },
  'No user has this address': ({ helpLightning }, { values }) => {
    const others = helpLightning.users.filter(({ email }) => !Object.values(values).includes(email))
    helpLightning.users.splice(0, Infinity, ...others)
    return undefined
  },
  'Help Lightning rejects the user token': ({ helpLightning }, { credentials }) => {
    helpLightning.expired.set(String(credentials['userToken']), 'number')
    return undefined
  },
  'The client attestation has expired': () => {
    vi.useFakeTimers({ now: Date.now() + 2 * 86_400_000, toFake: ['Date'] })
    return undefined
  },
  'The user token has expired': () => {
    vi.useFakeTimers({ now: Date.now() + 31 * 86_400_000, toFake: ['Date'] })
    return undefined
  },
  'The body is too large': largeBody,
  'A large body without client_id': largeBody,
  'A file is too large': (_latchkey, _live, { sent, value }) => ({
    ...sent,
    body: { file: ['x'.repeat(bytesIn(value) + 1)] },
  }),
  'Too many files': (_latchkey, _live, { sent }) => ({ ...sent, body: { file: new Array(101).fill('x') } }),
}

/** An error of Latchkey, or of InfluxDB. */
const error = z.union([z.object({ detail: z.string() }), z.object({ message: z.string() })])

/** The limit in the detail of an error. */
function bytesIn(value: unknown): number {
  const details = error.parse(value)
  return Number(/(\d+) bytes/.exec('detail' in details ? details.detail : details.message)?.[1])
}

/** Removes the effects of all circumstances. */
export function settle(latchkey: Latchkey): void {
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
  for (const name of Object.values(PROVIDERS)) latchkey[name].plan = () => undefined
}
