import { hash } from 'node:crypto'
import { getSettings } from '../config/settings.ts'
import { log } from '../observability/log.ts'
import { missingSettings, providerFailure, rejectionStatus } from '../providers/errors.ts'
import { incodeUrl, logInAsAdmin } from '../providers/incode.ts'
import { getSharedToken } from '../providers/shared-token.ts'
import { expiryOrDefault, jwtExpiry } from '../providers/token-expiry.ts'

/** Lifetime of admin tokens, as Incode documents it. */
const DOCUMENTED_LIFE_MS = 24 * 3_600_000

/** Calls with the admin token. If Incode rejects the token, calls again with a new one. */
export async function asIncodeAdmin<T>(deadline: number, call: (adminToken: string) => Promise<T>): Promise<T> {
  const token = await getAdminToken(deadline)
  try {
    return await call(token)
  } catch (error) {
    if (rejectionStatus(error) !== 401) throw error
  }
  return call(await getAdminToken(deadline, token))
}

async function getAdminToken(deadline: number, rejected?: string): Promise<string> {
  const { INCODE_ADMIN_EMAIL, INCODE_ADMIN_PASSWORD, INCODE_ADMIN_TOKEN } = await getSettings(
    'INCODE_ADMIN_EMAIL',
    'INCODE_ADMIN_PASSWORD',
    'INCODE_ADMIN_TOKEN',
  )
  if (INCODE_ADMIN_EMAIL && INCODE_ADMIN_PASSWORD) {
    return getSharedAdminToken(INCODE_ADMIN_EMAIL, INCODE_ADMIN_PASSWORD, deadline, rejected)
  }
  return checkConfiguredToken(INCODE_ADMIN_TOKEN, rejected)
}

/** All functions share one token for each account and Incode API. */
async function getSharedAdminToken(
  email: string,
  password: string,
  deadline: number,
  rejected?: string,
): Promise<string> {
  const account = hash('sha256', JSON.stringify([await incodeUrl(), email]), 'base64url')
  const obtain = async (until: number) => {
    const secret = await logInAsAdmin(email, password, until).catch((error: unknown) => {
      if (rejectionStatus(error) !== undefined)
        log('incode_admin_token_unusable', { reason: 'Incode rejected the log-in' })
      throw error
    })
    return { secret, validUntil: expiryOrDefault(secret, Date.now(), DOCUMENTED_LIFE_MS) }
  }
  return getSharedToken({ name: `incode-admin#${account}`, provider: 'Incode', obtain }, deadline, rejected)
}

/** Returns INCODE_ADMIN_TOKEN. It is valid for a day, and only an operator can renew it. */
function checkConfiguredToken(token: string | undefined, rejected?: string): string {
  if (token === undefined) return missingSettings('INCODE_ADMIN_EMAIL', 'INCODE_ADMIN_PASSWORD')
  const isExpired = (jwtExpiry(token) ?? Infinity) <= Date.now()
  if (token !== rejected && !isExpired) return token
  const reason = `INCODE_ADMIN_TOKEN ${isExpired ? 'has expired' : 'was rejected by Incode'}`
  log('incode_admin_token_unusable', { reason })
  const detail = `${reason}. Set a new one, or set INCODE_ADMIN_EMAIL and INCODE_ADMIN_PASSWORD.`
  throw providerFailure('provider_refused', { provider: 'Incode', operation: 'admin-token' }, detail)
}
