import { createPublicKey, hash, type KeyObject, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, type JWK, SignJWT } from 'jose'
import { appAttestKeyId, generateAssertion, newKey } from './app-attest.ts'

/** An app on a phone: its key in App Attest, and the key of its proofs. */
export interface Phone {
  platformKey: KeyObject
  instanceKey: KeyObject
  /** Assertions that the platform key has signed. */
  counter: number
}

export const newPhone = (): Phone => ({ platformKey: newKey(), instanceKey: newKey(), counter: 0 })

/** The public half of the key of proofs. */
export const jwkOf = ({ instanceKey }: Phone): JWK => createPublicKey(instanceKey).export({ format: 'jwk' })

/** The id of the key in App Attest, as iOS shows it. */
export const keyIdOf = ({ platformKey }: Phone): string => appAttestKeyId(platformKey).toString('base64')

/** What the app passes to its platform, which binds the evidence to a challenge and to the key of proofs. */
export const clientDataHashOf = async (phone: Phone, challenge: string): Promise<Buffer> =>
  hash('sha256', `${challenge}.${await calculateJwkThumbprint(jwkOf(phone))}`, 'buffer')

/** A DPoP proof of a request for a token, by the key of the app (RFC 9449 section 4.2). */
export const dpopProofOf = (phone: Phone, url: string, nonce?: string): Promise<string> =>
  new SignJWT({ htm: 'POST', htu: url, jti: randomUUID(), ...(nonce !== undefined && { nonce }) })
    .setIssuedAt()
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: jwkOf(phone) })
    .sign(phone.instanceKey)

/** The next assertion of the key in App Attest. */
export async function assertionOf(phone: Phone, appId: string, challenge: string): Promise<string> {
  phone.counter += 1
  const clientDataHash = await clientDataHashOf(phone, challenge)
  return generateAssertion(phone.platformKey, { appId, counter: phone.counter }, clientDataHash).toString('base64')
}

/** A proof that the app has the private half of its key, for the issuer `audience`. */
export const proofOf = (
  { instanceKey }: Phone,
  audience: string,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<string> =>
  new SignJWT({ aud: audience, jti: randomUUID(), iat: Math.floor(Date.now() / 1_000), ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'oauth-client-attestation-pop+jwt' })
    .sign(instanceKey)
