import { invalid } from '../http/input.ts'
import { Problem } from '../problem.ts'
import { refusedWith } from '../providers/failure.ts'

/** A session token as a caller has sent it; it goes into a header, so it must be fit for one. */
export function sessionTokenIn(token: string | undefined, field: string): string {
  if (token === undefined || token === '') throw invalid([{ field, detail: 'is missing' }])
  if (/^[\w.~+/=-]{1,4096}$/.test(token)) return token
  throw invalid([{ field, detail: 'must be the token that /start has given' }])
}

/** A call with somebody's session token: what Incode refuses is the fault of the one who sent it. */
export async function unlessRefused<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (refusedWith(error) === undefined) throw error
    throw new Problem('credentials_invalid', 'Incode does not take this session token for this session.')
  }
}
