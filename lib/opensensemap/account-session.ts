import { hash } from 'node:crypto'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { missingSettings, rejectionReason, rejectionStatus } from '../providers/errors.ts'
import { getSharedToken } from '../providers/shared-token.ts'
import { expiryOrDefault } from '../providers/token-expiry.ts'
import { type AccountSession, INVALID_TOKEN_REASON, OWN_BOXES_OPERATION, refreshSession, signIn } from './client.ts'

/** Default lifetime of openSenseMap's JWTs. */
const DOCUMENTED_LIFE_MS = 3_600_000

const storedSession = z.object({ token: z.string(), refreshToken: z.string() })

/** Calls with the account's JWT. If openSenseMap rejects the JWT, calls again with a new one. */
export async function withAccountSession<T>(deadline: number, call: (jwt: string) => Promise<T>): Promise<T> {
  const secret = await getSession(deadline)
  try {
    return await call(storedSession.parse(JSON.parse(secret)).token)
  } catch (error) {
    if (rejectionStatus(error) !== 401 && rejectionReason(error) !== INVALID_TOKEN_REASON) throw error
  }
  return call(storedSession.parse(JSON.parse(await getSession(deadline, secret))).token)
}

/** Operations that affect all boxes of an account. */
const ACCOUNT_OPERATIONS: readonly unknown[] = ['sign-in', 'refresh-auth', 'log-in', OWN_BOXES_OPERATION]

/** Whether a failure concerns the account, and therefore all of its boxes. */
export const isAccountFailure = (error: unknown): boolean =>
  error instanceof Problem &&
  (error.code === 'provider_not_configured' || ACCOUNT_OPERATIONS.includes(error.facts?.['operation']))

/** All functions share one encrypted session. One caller renews it at a time, because a refresh token works once. */
async function getSession(deadline: number, rejected?: string): Promise<string> {
  const { SENSEMAP_API, SENSEMAP_EMAIL, SENSEMAP_USERNAME, SENSEMAP_PASSWORD } = await getSettings(
    'SENSEMAP_API',
    'SENSEMAP_EMAIL',
    'SENSEMAP_USERNAME',
    'SENSEMAP_PASSWORD',
  )
  const account = SENSEMAP_EMAIL || SENSEMAP_USERNAME
  if (!account || !SENSEMAP_PASSWORD) return missingSettings('SENSEMAP_EMAIL or SENSEMAP_USERNAME', 'SENSEMAP_PASSWORD')
  const name = hash('sha256', JSON.stringify([SENSEMAP_API, account]), 'base64url')
  const obtain = async (until: number, previous: string | null) => {
    const { token, refreshToken } = await renewSession(previous, () => signIn(account, SENSEMAP_PASSWORD, until), until)
    return {
      secret: JSON.stringify({ token, refreshToken }),
      validUntil: expiryOrDefault(token, Date.now(), DOCUMENTED_LIFE_MS),
    }
  }
  return getSharedToken({ name: `opensensemap#${name}`, provider: 'openSenseMap', obtain }, deadline, rejected)
}

/** Uses the refresh token, and signs in if there is none, or it was used or has expired. */
async function renewSession(
  previous: string | null,
  startSession: () => Promise<AccountSession>,
  until: number,
): Promise<AccountSession> {
  if (previous === null) return startSession()
  try {
    return await refreshSession(storedSession.parse(JSON.parse(previous)), until)
  } catch (error) {
    if (rejectionStatus(error) === undefined) throw error
    return startSession()
  }
}
