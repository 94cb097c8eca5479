import { hash } from 'node:crypto'
import * as z from 'zod'
import { attestKey } from '../../../dev/fakes/app-attest.ts'
import { type AttestationAuthority, makeAttestationAuthority } from '../../../dev/fakes/attestation-authority.ts'
import {
  assertionOf,
  clientDataHashOf,
  jwkOf,
  keyIdOf,
  newPhone,
  type Phone,
  proofOf,
} from '../../../dev/fakes/phone.ts'
import { genuineVerdicts, integrityToken } from '../../../dev/fakes/play-integrity.ts'
import type { Latchkey } from '../latchkey.ts'

export const APP_ID = 'ABCDE12345.com.example.app'
export const PACKAGE = 'com.example.app'
const certificateDigest = hash('sha256', 'certificate', 'buffer')
export const CERTIFICATE = certificateDigest.toString('hex')

/** The authority that Latchkey trusts, if `authority.settings` are in its environment. */
export const authority: AttestationAuthority = makeAttestationAuthority(Date.now())

const created = z.object({ attestation_challenge: z.string(), expires_in: z.number() })
const attested = z.object({ client_attestation: z.string(), expires_in: z.number(), device_id: z.string() })
const granted = z.object({ access_token: z.string(), scope: z.string() })

/** Registers an attested client for both platforms. */
export const registerAttested = async (latchkey: Latchkey, policy: Record<string, unknown> = {}, body = {}) =>
  (
    await latchkey.register({
      kind: 'attested',
      attestation: {
        mode: 'required',
        ios: { app_ids: [APP_ID] },
        android: { package: PACKAGE, certificate_sha256: [CERTIFICATE] },
        ...policy,
      },
      ...body,
    })
  ).client_id

const postJson = (latchkey: Latchkey, path: string, body: unknown) =>
  latchkey.call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

export async function challengeFor(latchkey: Latchkey, client_id: string): Promise<string> {
  const response = await postJson(latchkey, '/attest/challenge', { client_id })
  return created.parse(await response.json()).attestation_challenge
}

export const requestAttestation = (latchkey: Latchkey, body: unknown) => postJson(latchkey, '/attest', body)

/** What an iPhone sends for a new key, as `attestKey` of the fake Apple returns it. */
export async function appleRequest(
  phone: Phone,
  client_id: string,
  challenge: string,
  { appId = APP_ID, by = authority, aaguid }: { appId?: string; by?: AttestationAuthority; aaguid?: string } = {},
) {
  const input = { key: phone.platformKey, appId, clientDataHash: await clientDataHashOf(phone, challenge) }
  const attestation = attestKey(by.apple, { ...input, ...(aaguid !== undefined && { aaguid }) }, Date.now())
  const evidence = { key_id: keyIdOf(phone), attestation: attestation.toString('base64') }
  return { client_id, platform: 'ios', challenge, jwk: jwkOf(phone), evidence }
}

/** What an iPhone sends for a key that was attested before. */
export const renewalRequest = async (phone: Phone, client_id: string, challenge: string, appId = APP_ID) => ({
  ...{ client_id, platform: 'ios', challenge, jwk: jwkOf(phone) },
  evidence: { key_id: keyIdOf(phone), assertion: await assertionOf(phone, appId, challenge) },
})

/** What an Android phone sends; `changes` replaces groups of verdicts. */
export async function androidRequest(
  phone: Phone,
  client_id: string,
  challenge: string,
  changes: Record<string, unknown> = {},
  by = authority,
) {
  const nonce = await clientDataHashOf(phone, challenge)
  const verdicts = genuineVerdicts({ packageName: PACKAGE, nonce, certificateDigest }, Date.now())
  const integrity_token = await integrityToken(by.play, { ...verdicts, ...changes })
  return { client_id, platform: 'android', challenge, jwk: jwkOf(phone), evidence: { integrity_token } }
}

/** A phone with a client attestation. */
export async function attestPhone(latchkey: Latchkey, clientId: string, platform: 'ios' | 'android' = 'ios') {
  const phone = newPhone()
  const make = platform === 'ios' ? appleRequest : androidRequest
  const body = await make(phone, clientId, await challengeFor(latchkey, clientId))
  const response = await requestAttestation(latchkey, body)
  if (!response.ok) throw new Error(`attest answered ${response.status}: ${await response.text()}`)
  return { phone, ...attested.parse(await response.json()) }
}

export const readAttestation = async (response: Response) => attested.parse(await response.json())

/** Requests a token with headers of a client attestation. */
export const requestToken = (
  latchkey: Latchkey,
  headers: Record<string, string>,
  form: Record<string, string> = {},
): Promise<Response> =>
  latchkey.call('/token', {
    method: 'POST',
    headers,
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }),
  })

/** The headers of an attested phone, with a new proof. */
export const attestedHeaders = async (
  { phone, client_attestation }: { phone: Phone; client_attestation: string },
  claims: Record<string, unknown> = {},
): Promise<Record<string, string>> => ({
  'oauth-client-attestation': client_attestation,
  'oauth-client-attestation-pop': await proofOf(phone, process.env['PUBLIC_URL'] ?? '', claims),
})

export const readToken = async (response: Response) => granted.parse(await response.json())
