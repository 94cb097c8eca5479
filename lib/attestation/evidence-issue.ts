/** Why evidence is rejected, with what the developer of the app should know. The names are dimensions of metrics. */
export const EVIDENCE_ISSUES = {
  malformed: 'is not what the platform returns. Send it unchanged',
  certificate_chain: 'has certificates that do not lead to the root of the platform',
  certificate_expired: 'has a certificate that is not valid now. Attest a new key',
  nonce: 'is for another challenge or instance key. Hash the challenge and the thumbprint of jwk',
  access_control: 'is for a key that a Mac without System Integrity Protection or Full Security could use',
  unknown_key: 'is from a key that Latchkey does not know, or has forgotten. Attest a new key',
  key_id: 'is for another key than key_id',
  app_id: 'is from another app. Compare ios.app_ids or android.package of the policy of the client',
  counter: 'was used before, or its key was copied. Attest a new key',
  environment: 'is from the development environment, which needs ios.development in the policy of the client',
  distribution: 'is from an app that was distributed otherwise than ios.distribution in the policy of the client says',
  signature: 'has a signature that the key of the device did not make',
  decryption: 'cannot be decrypted with the keys of PLAY_INTEGRITY_KEYS for this package',
  age: 'is too old, or from the future. Request a new integrity token',
  certificate_digest:
    'is from an app that was signed with another certificate than android.certificate_sha256 in the policy has',
  app_verdict: 'has an app verdict that android.app in the policy lacks. Debug builds need android.development',
  device_verdict: 'lacks a device verdict that android.device in the policy of the client requires',
  testing: 'is a test response, which needs android.development in the policy of the client',
} as const

export type EvidenceIssue = keyof typeof EVIDENCE_ISSUES

/** The facts that valid evidence proves, or why it is not valid. */
export type Verdict<Facts> = { facts: Facts; issue?: undefined } | { facts?: undefined; issue: EvidenceIssue }
