import { createPublicKey } from 'node:crypto'
import * as z from 'zod'
import type { AttestationPolicy } from '../../lib/clients/attestation-policy.ts'
import { assertionOf, clientDataHashOf, dpopProofOf, jwkOf, keyIdOf, newPhone, type Phone, proofOf } from './phone.ts'

const challenge = z.object({ attestation_challenge: z.string() })
const attested = z.object({ client_attestation: z.string(), device_id: z.string() })
const granted = z.object({ access_token: z.string(), expires_in: z.number() })
const attestation = z.object({ attestation: z.string() })
const integrity = z.object({ token: z.string() })

export interface PlayedPhone {
  /** Addresses of Latchkey, and of the fake of Apple and Google. */
  url: string
  authorityUrl: string
  /** The setting PUBLIC_URL. */
  issuer: string
  clientId: string
  policy: AttestationPolicy
  platform: 'ios' | 'android'
  /** Whether the phone is a debug build on iOS, or rooted on Android. */
  isBad: boolean
  /** Whether its token is bound to its key with DPoP. */
  isBound: boolean
}

/** What one request of the phone got. */
export interface PhoneStep {
  request: string
  status: number
  /** What Latchkey says of a failure. */
  detail?: string
}

const problem = z.object({ detail: z.string().optional(), error_description: z.string().optional() })

/**
 * Plays an attested app on a phone, from the challenge to the token, and renews an attestation of iOS. It ends at the first
 * request that fails. Returns the steps, with the device and the token that it got.
 */
export async function playPhone(played: PlayedPhone) {
  const { url, issuer, clientId, platform, isBound } = played
  const phone = newPhone()
  const steps: PhoneStep[] = []
  let nonce: string | undefined
  const send = async <T>(path: string, body: unknown, schema: z.ZodType<T>, headers = {}): Promise<T | null> => {
    const isForm = body instanceof URLSearchParams
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json', ...headers },
      body: isForm ? body : JSON.stringify(body),
    })
    nonce = response.headers.get('dpop-nonce') ?? undefined
    const json: unknown = await response.json()
    const { detail, error_description } = problem.safeParse(json).data ?? {}
    const reason = detail ?? error_description
    steps.push({ request: `POST ${path}`, status: response.status, ...(reason !== undefined && { detail: reason }) })
    return response.ok ? schema.parse(json) : null
  }
  const attest = async (makeEvidence: (challenge: string) => Promise<Record<string, string>>) => {
    const { attestation_challenge: text } = (await send('/attest/challenge', { client_id: clientId }, challenge)) ?? {}
    if (text === undefined) return null
    const evidence = await makeEvidence(text)
    return send('/attest', { client_id: clientId, platform, challenge: text, jwk: jwkOf(phone), evidence }, attested)
  }
  const requestToken = async ({ client_attestation }: z.output<typeof attested>) =>
    send('/token', new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId }), granted, {
      'OAuth-Client-Attestation': client_attestation,
      'OAuth-Client-Attestation-PoP': await proofOf(phone, issuer),
      ...(isBound && { DPoP: await dpopProofOf(phone, new URL('/token', issuer).href, nonce) }),
    })

  const first = await attest((text) => newEvidence(phone, played, text))
  let token = first && (await requestToken(first))
  // Only the setting DPOP_NONCE adds a nonce to a failure.
  if (first && !token && nonce !== undefined) token = await requestToken(first)
  const appId = played.policy.ios?.app_ids[0] ?? ''
  const renewed =
    token && platform === 'ios'
      ? await attest(async (text) => ({ key_id: keyIdOf(phone), assertion: await assertionOf(phone, appId, text) }))
      : token && first
  const isComplete = renewed !== null
  return { steps, isComplete, deviceId: first?.device_id, authToken: token?.access_token }
}

/** What the platform returns to the app: the fake of Apple or Google makes it. */
async function newEvidence(phone: Phone, { authorityUrl, policy, platform, isBad }: PlayedPhone, text: string) {
  const dataHash = (await clientDataHashOf(phone, text)).toString('base64')
  const ask = async <T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> => {
    const response = await fetch(new URL(path, authorityUrl), { method: 'POST', body: JSON.stringify(body) })
    return schema.parse(await response.json())
  }
  if (platform === 'android') {
    const { package: name = '', certificate_sha256: [digest = ''] = [] } = policy.android ?? {}
    const certificate_digest = Buffer.from(digest, 'hex').toString('base64')
    const request = { package: name, nonce: dataHash, certificate_digest, rooted: isBad }
    return { integrity_token: (await ask('/play-integrity', request, integrity)).token }
  }
  const public_key = createPublicKey(phone.platformKey).export({ format: 'der', type: 'spki' }).toString('base64')
  const app_id = policy.ios?.app_ids[0] ?? ''
  const request = { public_key, app_id, client_data_hash: dataHash, development: isBad }
  return { key_id: keyIdOf(phone), attestation: (await ask('/app-attest', request, attestation)).attestation }
}
