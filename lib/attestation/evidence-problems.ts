import { Problem } from '../core/problem.ts'
import { countMetric } from '../observability/metrics.ts'
import { EVIDENCE_ISSUES, type EvidenceIssue } from './evidence-issue.ts'

type Platform = 'ios' | 'android'

export function evidenceInvalid(issue: EvidenceIssue, platform: Platform): Problem {
  const detail = EVIDENCE_ISSUES[issue]
  return new Problem('evidence_invalid', `The evidence ${detail}.`, {
    issues: [{ field: 'evidence', detail }],
    facts: { platform, cause: issue },
  })
}

export const deviceRevoked = (platform: Platform) =>
  new Problem('device_revoked', 'The operator has revoked this device.', { facts: { platform } })

export const challengeInvalid = () =>
  new Problem('challenge_invalid', 'The challenge is for another client, or has expired. Get a new one.', {
    issues: [{ field: 'challenge', detail: 'must be a new one of POST /attest/challenge' }],
  })
export const challengeUsed = (platform: Platform) =>
  new Problem('challenge_invalid', 'The challenge was used before. Get a new one from POST /attest/challenge.', {
    issues: [{ field: 'challenge', detail: 'must be a new one of POST /attest/challenge' }],
    facts: { platform, cause: 'challenge_used' },
  })

/** Publishes that a device got no client attestation, and why. */
export const countRejectedEvidence = ({ code, facts }: Problem): void =>
  countMetric('EvidenceRejected', {
    platform: String(facts?.['platform'] ?? 'unknown'),
    cause: String(facts?.['cause'] ?? code),
  })
