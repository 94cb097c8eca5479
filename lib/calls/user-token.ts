import { type Caller, caller, type Proof, pendingCaller, SHARED_CLIENT } from '../access/caller.ts'
import { Problem } from '../core/problem.ts'
import { findUserToken } from './store-user-tokens.ts'

/** Longer than any token that Help Lightning has been seen to give. */
const LONGEST = 8_192

/** A Help Lightning user token that /auth has handed out, as Authorization: raw, as its SDKs send it, or as a Bearer. */
export const userToken: Proof = {
  expectation: 'the user token from /auth as Authorization',
  async check({ headers, receivedAt }) {
    const token = (headers['authorization'] ?? '').trim().replace(/^bearer\s+/i, '')
    if (token === '') return null
    if (token.length > LONGEST || !/^[\x21-\x7e]+$/.test(token)) throw unknown()
    return pendingCaller(confirm(token, receivedAt))
  },
}

async function confirm(token: string, now: number): Promise<Caller> {
  const found = await findUserToken(token, now)
  if (!found) throw unknown()
  if (found.expired) throw new Problem('user_token_expired', 'Get a new user token from /auth, then try again.')
  return caller('user', SHARED_CLIENT, { userId: found.userId, userToken: token })
}

const unknown = () =>
  new Problem('credentials_invalid', 'This is not a user token that this service has handed out. Get one from /auth.')
