import { bytesOf, decodeFirstCbor, membersOf } from './cbor.ts'

/** Lengths of the fields that WebAuthn defines: RP ID hash, flags, counter; AAGUID, length of the credential id. */
const RP_ID_HASH = 32
const COUNTER_AT = 33
const HEADER = 37
const AAGUID = 16
const CREDENTIAL_AT = HEADER + AAGUID + 2
/** The flag that says that a credential follows. */
const HAS_CREDENTIAL = 0x40

export interface AuthenticatorData {
  /** SHA-256 of the App ID. */
  rpIdHash: Uint8Array
  /** How often the key has signed an assertion. */
  counter: number
  /** How the app is distributed; absent before iOS 27. */
  validationCategory?: number
  /** `CFBundleVersion` of the app; absent before iOS 27. */
  bundleVersion?: string
}

export interface AttestedCredential {
  aaguid: Uint8Array
  credentialId: Uint8Array
  /** Coordinates of the public key on P-256. */
  x: Uint8Array
  y: Uint8Array
}

/**
 * Parses the authenticator data of an assertion (WebAuthn section 6.1). Returns undefined if a field is missing or other
 * bytes follow.
 */
export const parseAssertionData = (bytes: Uint8Array): AuthenticatorData | undefined =>
  bytes.length < HEADER ? undefined : withExtensions(bytes, bytes.subarray(HEADER))

/** As `parseAssertionData`, for the data of an attestation, which contains a credential. */
export function parseAttestationData(bytes: Uint8Array): (AuthenticatorData & AttestedCredential) | undefined {
  if (bytes.length < CREDENTIAL_AT || ((bytes[RP_ID_HASH] ?? 0) & HAS_CREDENTIAL) === 0) return undefined
  const keyAt = CREDENTIAL_AT + view(bytes).getUint16(HEADER + AAGUID)
  const key = decodeFirstCbor(bytes.subarray(keyAt))
  const point = key && parseCoseKey(key.item)
  const data = key && withExtensions(bytes, key.rest)
  if (!point || !data) return undefined
  return {
    ...data,
    ...point,
    aaguid: bytes.subarray(HEADER, HEADER + AAGUID),
    credentialId: bytes.subarray(CREDENTIAL_AT, keyAt),
  }
}

const view = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength)

/** The flag for extensions does not matter: Apple's published attestation has extensions without it. */
function withExtensions(bytes: Uint8Array, rest: Uint8Array): AuthenticatorData | undefined {
  const data = { rpIdHash: bytes.subarray(0, RP_ID_HASH), counter: view(bytes).getUint32(COUNTER_AT) }
  if (rest.length === 0) return data
  const extensions = decodeFirstCbor(rest)
  const members = membersOf(extensions?.item)
  if (!members || extensions?.rest.length !== 0) return undefined
  const { apple_validation_category_01: category, apple_bundle_version_01: version } = members
  const validationCategory = category === undefined ? undefined : parseUint32(category)
  if (category !== undefined && validationCategory === undefined) return undefined
  return {
    ...data,
    ...(validationCategory !== undefined && { validationCategory }),
    ...(typeof version === 'string' && { bundleVersion: version }),
  }
}

/** Devices write the category as four bytes, the lowest first. */
function parseUint32(item: unknown): number | undefined {
  const bytes = bytesOf(item)
  return bytes?.length === 4 ? view(bytes).getUint32(0, true) : undefined
}

/** Keys and values of a COSE key (RFC 9053 section 7.1.1): an ES256 key on P-256. */
const COSE = { kty: [1, 2], alg: [3, -7], crv: [-1, 1] } as const
const COSE_X = -2
const COSE_Y = -3

function parseCoseKey(item: unknown): Pick<AttestedCredential, 'x' | 'y'> | undefined {
  if (!(item instanceof Map) || !Object.values(COSE).every(([key, value]) => item.get(key) === value)) return undefined
  const [x, y] = [bytesOf(item.get(COSE_X)), bytesOf(item.get(COSE_Y))]
  return x?.length === 32 && y?.length === 32 ? { x, y } : undefined
}
