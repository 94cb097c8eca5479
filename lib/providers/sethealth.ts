import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { missingSettings } from './errors.ts'
import { callProvider, isTemporary } from './http.ts'

const answer = z.object({ token: z.string().check(z.minLength(1)) })

export interface AccessTokenOptions {
  /** Seconds. */
  expiresIn: number
  userId?: string | undefined
  testMode?: boolean | undefined
}

/** Request body of Sethealth. Lifetimes are whole nanoseconds, as in its Go and .NET clients. */
export const tokenRequest = (id: string, secret: string, { expiresIn, userId, testMode }: AccessTokenOptions) => ({
  id,
  secret,
  'expires-in': expiresIn * 1_000_000_000,
  ...(testMode !== undefined && { 'test-mode': testMode }),
  ...(userId !== undefined && { 'user-id': userId }),
})

/** Exchanges the service account for a short-lived access token. Sethealth rejects with any status other than 200, unless it is temporary. */
export async function createAccessToken(options: AccessTokenOptions, deadline: number): Promise<string> {
  const { SETHEALTH_API_URL, SETHEALTH_KEY, SETHEALTH_SECRET } = await getSettings(
    'SETHEALTH_API_URL',
    'SETHEALTH_KEY',
    'SETHEALTH_SECRET',
  )
  if (!SETHEALTH_KEY || !SETHEALTH_SECRET) return missingSettings('SETHEALTH_KEY', 'SETHEALTH_SECRET')
  const { token } = await callProvider({
    provider: 'Sethealth',
    operation: 'access-token',
    method: 'POST',
    url: `${SETHEALTH_API_URL}/token`,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: tokenRequest(SETHEALTH_KEY, SETHEALTH_SECRET, options),
    answer,
    refuses: (status) => status !== 200 && !isTemporary(status),
    deadline,
    repeatable: false,
  })
  return token
}
