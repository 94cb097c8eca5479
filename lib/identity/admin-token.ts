import { createHash } from 'node:crypto'
import { getSettings } from '../config/settings.ts'
import { log } from '../observability/log.ts'
import { missingSettings, providerFailure, rejectionStatus } from '../providers/errors.ts'
import { incodeUrl, logInAsAdmin } from '../providers/incode.ts'
import { getSharedToken } from '../providers/shared-token.ts'
import { expiryOrDefault, jwtExpiry } from '../providers/token-expiry.ts'

/** What Incode documents for its admin tokens. */
const DOCUMENTED_LIFE_MS = 24 * 3_600_000

/** A call that is made with the admin token, and once more with a new one when Incode takes it no longer. */
export async function asIncodeAdmin<T>(deadline: number, call: (adminToken: string) => Promise<T>): Promise<T> {
  const token = await adminToken(deadline)
  try {
    return await call(token)
  } catch (error) {
    if (rejectionStatus(error) !== 401) throw error
  }
  return call(await adminToken(deadline, token))
}

async function adminToken(deadline: number, refused?: string): Promise<string> {
  const { INCODE_ADMIN_EMAIL, INCODE_ADMIN_PASSWORD, INCODE_ADMIN_TOKEN } = await getSettings(
    'INCODE_ADMIN_EMAIL',
    'INCODE_ADMIN_PASSWORD',
    'INCODE_ADMIN_TOKEN',
  )
  if (INCODE_ADMIN_EMAIL && INCODE_ADMIN_PASSWORD) {
    return renewedToken(INCODE_ADMIN_EMAIL, INCODE_ADMIN_PASSWORD, deadline, refused)
  }
  return pastedToken(INCODE_ADMIN_TOKEN, refused)
}

/** By log-in: shared by all functions. Another account or another Incode is another credential. */
async function renewedToken(email: string, password: string, deadline: number, refused?: string): Promise<string> {
  const account = createHash('sha256')
    .update(JSON.stringify([await incodeUrl(), email]))
    .digest('base64url')
  const obtain = async (until: number) => {
    const secret = await logInAsAdmin(email, password, until).catch((error: unknown) => {
      if (rejectionStatus(error) !== undefined) log('incode_admin_token_unusable', { reason: 'the log-in was refused' })
      throw error
    })
    return { secret, validUntil: expiryOrDefault(secret, Date.now(), DOCUMENTED_LIFE_MS) }
  }
  return getSharedToken({ name: `incode-admin#${account}`, provider: 'Incode', obtain }, deadline, refused)
}

/** As somebody has pasted it, good for a day: nobody but that person can renew it. */
function pastedToken(token: string | undefined, refused?: string): string {
  if (token === undefined) return missingSettings('INCODE_ADMIN_EMAIL', 'INCODE_ADMIN_PASSWORD')
  const expired = (jwtExpiry(token) ?? Infinity) <= Date.now()
  if (token !== refused && !expired) return token
  log('incode_admin_token_unusable', { reason: `INCODE_ADMIN_TOKEN ${expired ? 'has expired' : 'was refused'}` })
  const detail = `INCODE_ADMIN_TOKEN ${expired ? 'has expired' : 'is not taken by Incode'}: paste a new one, or set INCODE_ADMIN_EMAIL and INCODE_ADMIN_PASSWORD.`
  throw providerFailure('provider_refused', { provider: 'Incode', operation: 'admin-token' }, detail)
}
