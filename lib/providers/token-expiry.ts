import { decodeJwt } from 'jose'

/** When a provider's token ends by its own word, in UNIX milliseconds; undefined for one that does not say. */
export function expiryOf(token: string): number | undefined {
  try {
    const { exp } = decodeJwt(token)
    return exp === undefined ? undefined : exp * 1000
  } catch {
    return undefined
  }
}
