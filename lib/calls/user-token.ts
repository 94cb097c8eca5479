import { type Proof, pendingCaller } from '../access/proof.ts'
import type { UserCaller } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { userTokenExpired } from '../providers/errors.ts'
import { findUserToken } from './store-user-tokens.ts'

/** Longer than any known token of Help Lightning. */
const LONGEST = 8_192

/** A Help Lightning user token that /auth has issued, in Authorization: raw, as its SDKs send it, or as Bearer. */
export const userToken: Proof<UserCaller> = {
  expectation: 'the user token from /auth as Authorization',
  async check({ headers, receivedAt }) {
    const token = (headers['authorization'] ?? '').trim().replace(/^bearer\s+/i, '')
    if (token === '') return null
    if (token.length > LONGEST || !/^[\x21-\x7e]+$/.test(token)) throw unknownUserToken()
    return pendingCaller(confirm(token, receivedAt))
  },
}

async function confirm(token: string, now: number): Promise<UserCaller> {
  const found = await findUserToken(token, now)
  if (!found) throw unknownUserToken()
  if (found.expired) throw userTokenExpired()
  return { kind: 'user', userId: found.userId, userToken: token }
}

export const unknownUserToken = () =>
  new Problem('credentials_invalid', 'This service did not issue the user token. Get one from /auth.')
