import { createPublicKey } from 'node:crypto'
import * as z from 'zod'
import { type AppleAuthority, attestKey, makeAppleAuthority, newKey } from './app-attest.ts'
import { type FakeReply, startFake } from './fake.ts'
import {
  consoleKeys,
  genuineVerdicts,
  integrityToken,
  makePlayAuthority,
  type PlayAuthority,
} from './play-integrity.ts'

const bytes = z.string().transform((text) => Buffer.from(text, 'base64'))

const attestRequest = z.object({
  /** SPKI (DER). */
  public_key: bytes,
  app_id: z.string(),
  client_data_hash: bytes,
  development: z.boolean().default(false),
})
const tokenRequest = z.object({
  package: z.string(),
  nonce: bytes,
  certificate_digest: bytes,
  rooted: z.boolean().default(false),
})

export interface AttestationAuthority {
  apple: AppleAuthority
  play: PlayAuthority
  /** Environment of the functions. They use it on a developer's machine only. */
  settings: { FAKE_APPLE_ROOT: string; FAKE_PLAY_KEYS: string }
}

/** Makes a fake of Apple and of Google, which attests any app on any device. */
export function makeAttestationAuthority(now: number): AttestationAuthority {
  const apple = makeAppleAuthority(newKey(), now)
  const play = makePlayAuthority()
  const pem = apple.root.certificate.toString('base64')
  return {
    apple,
    play,
    settings: {
      FAKE_APPLE_ROOT: `-----BEGIN CERTIFICATE-----\n${pem}\n-----END CERTIFICATE-----\n`,
      FAKE_PLAY_KEYS: JSON.stringify(consoleKeys(play)),
    },
  }
}

/** Starts a server for phones that `latchkey devices simulate` plays. It attests what a phone asks for. */
export async function startAttestationAuthority(now = Date.now()) {
  const authority = makeAttestationAuthority(now)
  const respond = async ({ path, body }: { path: string; body: unknown }): Promise<FakeReply> => {
    if (path === '/app-attest') return { status: 200, body: attest(authority, attestRequest.parse(body)) }
    if (path === '/play-integrity') return { status: 200, body: await check(authority, tokenRequest.parse(body)) }
    return { status: 404 }
  }
  const fake = await startFake(respond)
  return Object.assign(fake, { settings: authority.settings })
}

function attest({ apple }: AttestationAuthority, request: z.output<typeof attestRequest>) {
  const { public_key, app_id: appId, client_data_hash: clientDataHash, development } = request
  const key = createPublicKey({ key: public_key, format: 'der', type: 'spki' })
  const aaguid = development ? { aaguid: 'appattestdevelop' } : {}
  return { attestation: attestKey(apple, { key, appId, clientDataHash, ...aaguid }, Date.now()).toString('base64') }
}

async function check({ play }: AttestationAuthority, request: z.output<typeof tokenRequest>) {
  const { package: packageName, nonce, certificate_digest: certificateDigest, rooted } = request
  const verdicts = genuineVerdicts({ packageName, nonce, certificateDigest }, Date.now())
  const deviceIntegrity = rooted ? { deviceRecognitionVerdict: [] } : verdicts.deviceIntegrity
  return { token: await integrityToken(play, { ...verdicts, deviceIntegrity }) }
}
