import { hash, type KeyObject, randomUUID } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import * as z from 'zod'
import type { Latchkey } from './latchkey.ts'

/** A request that a proof is for. */
export interface ProvenRequest {
  method: string
  url: string
  token?: string
}

/** Members of a proof that differ from a valid one; undefined removes a member. */
export interface ProofChanges {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
}

/** A key that proves its possession, with the thumbprint that tokens are bound to. */
export interface ProofKey {
  jkt: string
  jwk: JWK
  /** The header `DPoP` of a request, valid unless it is changed. */
  prove(request: ProvenRequest, changes?: ProofChanges): Promise<string>
}

export async function newProofKey(alg = 'ES256', modulusLength = 2_048): Promise<ProofKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength })
  return proofKeyOf(await exportJWK(publicKey), privateKey, alg)
}

/** The same of a key that exists. */
export async function proofKeyOf(jwk: JWK, privateKey: CryptoKey | KeyObject, alg = 'ES256'): Promise<ProofKey> {
  return {
    jwk,
    jkt: await calculateJwkThumbprint(jwk),
    prove({ method, url, token }, { header = {}, claims = {} } = {}) {
      const { origin, pathname } = new URL(url)
      return new SignJWT({
        jti: randomUUID(),
        htm: method,
        htu: origin + pathname,
        iat: Math.floor(Date.now() / 1_000),
        ...(token !== undefined && { ath: hash('sha256', token, 'base64url') }),
        ...claims,
      })
        .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk, ...header })
        .sign(privateKey, { crit: { 'urn:example:extension': true } })
    },
  }
}

/** A text in place of one part of a JWT, under the same signature. */
export function withPart(jwt: string, index: 0 | 1 | 2, part: string | object): string {
  const text = typeof part === 'string' ? part : Buffer.from(JSON.stringify(part)).toString('base64url')
  return jwt.split('.').with(index, text).join('.')
}

/** The headers of a request with a bound token. */
export const boundHeaders = async (
  key: ProofKey,
  request: ProvenRequest & { token: string },
  changes?: ProofChanges,
) => ({
  authorization: `DPoP ${request.token}`,
  dpop: await key.prove(request, changes),
})

/** A confidential client that gets bound tokens. */
export async function bindingClient(latchkey: Latchkey, body: Record<string, unknown> = {}) {
  const { client_id, client_secret } = await latchkey.register({
    kind: 'confidential',
    scope: 'upload download',
    ...body,
  })
  const authorization = `Basic ${btoa(`${client_id}:${client_secret}`)}`
  /** Requests a token with the header `DPoP`, if there is one. */
  const request = (dpop?: string, parameters: Record<string, string> = {}) =>
    latchkey.call('/token', {
      method: 'POST',
      headers: { authorization, ...(dpop !== undefined && { dpop }) },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
    })
  return {
    client_id,
    authorization,
    request,
    /** A token that is bound to the key. */
    async token(key: ProofKey, parameters: Record<string, string> = {}): Promise<string> {
      const answer = await request(await key.prove({ method: 'POST', url: `${latchkey.url}/token` }), parameters)
      return granted.parse(await answer.json()).access_token
    },
  }
}

const granted = z.object({ access_token: z.string(), token_type: z.literal('DPoP') })
