import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { missingSettings, rejectionReason, rejectionStatus } from '../providers/errors.ts'
import { getSharedToken } from '../providers/shared-token.ts'
import { expiryOrDefault } from '../providers/token-expiry.ts'
import { type AccountSession, INVALID_TOKEN_REASON, OWN_BOXES_OPERATION, refreshSession, signIn } from './client.ts'

/** What openSenseMap's JWTs live by default. */
const DOCUMENTED_LIFE_MS = 3_600_000

const kept = z.object({ token: z.string(), refreshToken: z.string() })

/** A call that is made with the account's JWT, and once more with a new one when it is not taken any longer. */
export async function withAccountSession<T>(deadline: number, call: (jwt: string) => Promise<T>): Promise<T> {
  const secret = await session(deadline)
  try {
    return await call(kept.parse(JSON.parse(secret)).token)
  } catch (error) {
    if (rejectionStatus(error) !== 401 && rejectionReason(error) !== INVALID_TOKEN_REASON) throw error
  }
  return call(kept.parse(JSON.parse(await session(deadline, secret))).token)
}

/** Calls that concern all boxes of an account. */
const ACCOUNT_CALLS: readonly unknown[] = ['sign-in', 'refresh-auth', 'log-in', OWN_BOXES_OPERATION]

/** Whether a failure is one of the account, and not of what was done with it. */
export const isAccountFailure = (error: unknown): boolean =>
  error instanceof Problem &&
  (error.code === 'provider_not_configured' || ACCOUNT_CALLS.includes(error.facts?.['operation']))

/** Shared by all functions, sealed, and renewed by one at a time: a refresh token is good for one use. */
async function session(deadline: number, refused?: string): Promise<string> {
  const { SENSEMAP_API, SENSEMAP_EMAIL, SENSEMAP_USERNAME, SENSEMAP_PASSWORD } = await getSettings(
    'SENSEMAP_API',
    'SENSEMAP_EMAIL',
    'SENSEMAP_USERNAME',
    'SENSEMAP_PASSWORD',
  )
  const account = SENSEMAP_EMAIL || SENSEMAP_USERNAME
  if (!account || !SENSEMAP_PASSWORD) return missingSettings('SENSEMAP_EMAIL or SENSEMAP_USERNAME', 'SENSEMAP_PASSWORD')
  const name = createHash('sha256')
    .update(JSON.stringify([SENSEMAP_API, account]))
    .digest('base64url')
  const obtain = async (until: number, before: string | null) => {
    const { token, refreshToken } = await renewed(before, () => signIn(account, SENSEMAP_PASSWORD, until), until)
    return {
      secret: JSON.stringify({ token, refreshToken }),
      validUntil: expiryOrDefault(token, Date.now(), DOCUMENTED_LIFE_MS),
    }
  }
  return getSharedToken({ name: `opensensemap#${name}`, provider: 'openSenseMap', obtain }, deadline, refused)
}

/** By the refresh token where there is one that is taken; it may have been used, or be too old. */
async function renewed(
  before: string | null,
  anew: () => Promise<AccountSession>,
  until: number,
): Promise<AccountSession> {
  if (before === null) return anew()
  try {
    return await refreshSession(kept.parse(JSON.parse(before)), until)
  } catch (error) {
    if (rejectionStatus(error) === undefined) throw error
    return anew()
  }
}
