import { hkdfSync } from 'node:crypto'

const BYTES = 32

const derived = new WeakMap<object, Map<string, Buffer>>()

/** A key of 32 bytes for one purpose (RFC 5869), from the private half of a signing key. It is remembered with that key. */
export function deriveKey(jwk: { d: string }, purpose: string): Buffer {
  const keys = derived.get(jwk) ?? new Map<string, Buffer>()
  derived.set(jwk, keys)
  const key = keys.get(purpose) ?? Buffer.from(hkdfSync('sha256', jwk.d, '', purpose, BYTES))
  keys.set(purpose, key)
  return key
}
