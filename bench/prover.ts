import { hash, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** Signs a DPoP proof for a request, with its auth token if it has one. */
export type Prover = (method: string, path: string, token?: string) => Promise<string>

/** A new key whose proofs are for one address. */
export async function makeProver(alg: string, publicUrl: string): Promise<Prover> {
  const { publicKey, privateKey } = await generateKeyPair(alg)
  const jwk = await exportJWK(publicKey)
  return (method, path, token) =>
    new SignJWT({
      htm: method,
      htu: publicUrl + path,
      ...(token !== undefined && { ath: hash('sha256', token, 'base64url') }),
    })
      .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk })
      .setJti(randomUUID())
      .setIssuedAt()
      .sign(privateKey)
}
