import { type DecodeOptions, decode, decodeFirst } from 'cborg'

/** Only what App Attest writes: definite lengths in their shortest form, no tags, and each key once. */
const STRICT: DecodeOptions = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowBigInt: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
}

/**
 * Decodes one CBOR item (RFC 8949) that fills all bytes. Returns undefined for other bytes. The caller bounds their number:
 * nesting that is too deep for the stack is undefined, too.
 */
export const decodeCbor = (bytes: Uint8Array): unknown => orUndefined(() => decode(bytes, STRICT))

/** Decodes the first CBOR item, and returns the bytes after it. Undefined if there is none. */
export const decodeFirstCbor = (bytes: Uint8Array): { item: unknown; rest: Uint8Array } | undefined =>
  orUndefined(() => {
    const [item, rest]: [unknown, Uint8Array] = decodeFirst(bytes, STRICT)
    return { item, rest }
  })

function orUndefined<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

/** The members of a map with text keys, as an object without a prototype; undefined for another value. */
export function membersOf(item: unknown): Record<string, unknown> | undefined {
  if (!(item instanceof Map)) return undefined
  const members: Record<string, unknown> = Object.create(null)
  for (const [key, value] of item) if (typeof key === 'string') members[key] = value
  return members
}

/** A byte string; undefined for another value. */
export const bytesOf = (item: unknown): Uint8Array | undefined => (item instanceof Uint8Array ? item : undefined)
