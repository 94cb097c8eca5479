import { type KeyObject, timingSafeEqual } from 'node:crypto'
import { compactDecrypt, compactVerify, errors } from 'jose'
import * as z from 'zod/mini'
import { parseJsonOrUndefined } from '../core/json.ts'
import type { EvidenceIssue, Verdict } from './evidence-issue.ts'

/** The keys of an app, from the Play Console. */
export interface PlayKeys {
  /** 32 bytes. */
  decryptionKey: Uint8Array
  /** A public key on P-256. */
  verificationKey: KeyObject
}

/** What a client accepts from Android devices. */
export interface PlayPolicy {
  packageName: string
  /** SHA-256 of the certificates that sign the app: 32 bytes each. */
  certificateDigests: readonly Uint8Array[]
  /** Device verdicts that must all be present, such as `MEETS_DEVICE_INTEGRITY`. */
  deviceVerdicts: readonly string[]
  /** App verdicts of which one must be present, such as `PLAY_RECOGNIZED`. */
  appVerdicts: readonly string[]
  /** Whether builds that Google Play does not know, and test responses, are accepted. */
  allowsDevelopment: boolean
}

/** The app on a device that Google Play has checked. */
export interface CheckedApp {
  packageName: string
  isDevelopment: boolean
  versionCode?: string
}

/** The challenge is as old as this at most, and the app requests its token after it. */
const MAX_AGE_MS = 5 * 60_000
/** How far Google's clock may be ahead. */
const CLOCK_TOLERANCE_MS = 60_000

const verdicts = z.object({
  requestDetails: z.object({ requestPackageName: z.string(), nonce: z.string(), timestampMillis: z.coerce.number() }),
  /** Without a verdict, the other members are absent. */
  appIntegrity: z.optional(
    z.object({
      appRecognitionVerdict: z.optional(z.string()),
      packageName: z.optional(z.string()),
      certificateSha256Digest: z.optional(z.array(z.string())),
      versionCode: z.optional(z.string()),
    }),
  ),
  deviceIntegrity: z.optional(z.object({ deviceRecognitionVerdict: z.optional(z.array(z.string())) })),
  testingDetails: z.optional(z.object({ isTestingResponse: z.optional(z.boolean()) })),
})
type Verdicts = z.output<typeof verdicts>

/**
 * Decrypts and verifies the token of a classic request of Play Integrity, and checks its verdicts at `now` (UNIX
 * milliseconds). The caller bounds its length.
 * https://developer.android.com/google/play/integrity/classic#decrypt-verify-locally
 */
export async function verifyIntegrityToken(
  { token, nonce }: { token: string; nonce: Uint8Array },
  keys: PlayKeys,
  policy: PlayPolicy,
  now: number,
): Promise<Verdict<CheckedApp>> {
  const opened = await openToken(token, keys)
  if (typeof opened === 'string') return { issue: opened }
  const parsed = verdicts.safeParse(parseJsonOrUndefined(new TextDecoder().decode(opened)))
  if (!parsed.success) return { issue: 'malformed' }
  const issue = findIssue(parsed.data, nonce, policy, now)
  if (issue) return { issue }
  const { appIntegrity, testingDetails } = parsed.data
  const isDevelopment =
    testingDetails?.isTestingResponse === true ||
    !policy.appVerdicts.includes(appIntegrity?.appRecognitionVerdict ?? '')
  return {
    facts: {
      packageName: policy.packageName,
      isDevelopment,
      ...(appIntegrity?.versionCode !== undefined && { versionCode: appIntegrity.versionCode }),
    },
  }
}

/** The signed content of the token, which is a JWE of a JWS. */
async function openToken(token: string, keys: PlayKeys): Promise<Uint8Array | EvidenceIssue> {
  let signed: Uint8Array
  try {
    const decrypted = await compactDecrypt(token, keys.decryptionKey, {
      keyManagementAlgorithms: ['A256KW'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    signed = decrypted.plaintext
  } catch (error) {
    return issueOf(error, 'decryption')
  }
  try {
    return (await compactVerify(signed, keys.verificationKey, { algorithms: ['ES256'] })).payload
  } catch (error) {
    return issueOf(error, 'signature')
  }
}

function issueOf(error: unknown, issue: EvidenceIssue): EvidenceIssue {
  if (error instanceof errors.JOSEError) return issue
  throw error
}

/** First whether the token is for this request, then what Google says of the app and of the device. */
function findIssue(
  { requestDetails, appIntegrity = {}, deviceIntegrity, testingDetails }: Verdicts,
  nonce: Uint8Array,
  policy: PlayPolicy,
  now: number,
): EvidenceIssue | undefined {
  if (requestDetails.requestPackageName !== policy.packageName) return 'app_id'
  const received = Buffer.from(requestDetails.nonce, 'base64url')
  if (received.length !== nonce.length || !timingSafeEqual(received, nonce)) return 'nonce'
  const ageMs = now - requestDetails.timestampMillis
  if (!(ageMs >= -CLOCK_TOLERANCE_MS && ageMs <= MAX_AGE_MS + CLOCK_TOLERANCE_MS)) return 'age'
  if (testingDetails?.isTestingResponse === true && !policy.allowsDevelopment) return 'testing'

  const { appRecognitionVerdict = '', packageName, certificateSha256Digest = [] } = appIntegrity
  const accepted = [...policy.appVerdicts, ...(policy.allowsDevelopment ? ['UNRECOGNIZED_VERSION'] : [])]
  if (!accepted.includes(appRecognitionVerdict)) return 'app_verdict'
  if (packageName !== policy.packageName) return 'app_id'
  const digests = certificateSha256Digest.map((text) => Buffer.from(text, 'base64url'))
  const isSigned = digests.some((digest) => policy.certificateDigests.some((known) => digest.equals(known)))
  if (!isSigned) return 'certificate_digest'
  const found = deviceIntegrity?.deviceRecognitionVerdict ?? []
  return policy.deviceVerdicts.every((verdict) => found.includes(verdict)) ? undefined : 'device_verdict'
}
