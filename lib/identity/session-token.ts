import { Problem } from '../core/problem.ts'
import { invalidParameter } from '../http/input.ts'
import { rejectionStatus } from '../providers/errors.ts'
import { findInterviewByToken } from './store.ts'

/** A session token as a caller has sent it; it goes into a header, so it must be fit for one. */
export function parseSessionToken(token: string | undefined, field: string): string {
  if (token === undefined || token === '') throw invalidParameter([{ field, detail: 'is missing' }])
  if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token
  throw invalidParameter([{ field, detail: 'must be the token that /start has given' }])
}

/**
 * A call to Incode with the token of a session that was begun here, and is the one named, if one is: nobody else's is
 * passed on. What Incode refuses then is the fault of the one who sent it.
 */
export async function withSessionToken<T>(
  token: string,
  now: number,
  interviewId: string | null,
  call: () => Promise<T>,
): Promise<T> {
  const own = await findInterviewByToken(token, now)
  if (own === null || (interviewId !== null && interviewId !== own)) throw wrongSessionToken()
  try {
    return await call()
  } catch (error) {
    throw rejectionStatus(error) === undefined ? error : wrongSessionToken()
  }
}

export const wrongSessionToken = () =>
  new Problem('credentials_invalid', 'The token does not belong to this session, or the session has ended.')
