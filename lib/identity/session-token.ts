import { Problem } from '../core/problem.ts'
import { invalidParameter } from '../http/input.ts'
import { rejectionStatus } from '../providers/errors.ts'
import { findInterviewByToken } from './store.ts'

/** Validates a session token, which is sent in a header. Throws `invalid_parameter` (400). */
export function parseSessionToken(token: string | undefined, field: string): string {
  if (token === undefined || token === '') throw invalidParameter([{ field, detail: 'is missing' }])
  if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token
  throw invalidParameter([{ field, detail: 'must be the token that /start returned' }])
}

/**
 * Calls Incode with a session token, which must be of a session started here, and of `interviewId` unless it is null.
 * Throws `credentials_invalid` for other tokens, and if Incode rejects the call.
 */
export async function withSessionToken<T>(
  token: string,
  now: number,
  interviewId: string | null,
  call: () => Promise<T>,
): Promise<T> {
  const tokenInterview = await findInterviewByToken(token, now)
  if (tokenInterview === null || (interviewId !== null && interviewId !== tokenInterview)) throw wrongSessionToken()
  try {
    return await call()
  } catch (error) {
    throw rejectionStatus(error) === undefined ? error : wrongSessionToken()
  }
}

export const wrongSessionToken = () =>
  new Problem('credentials_invalid', 'The token does not belong to this session, or the session has expired.')
