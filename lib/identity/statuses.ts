/**
 * Ranks of the statuses that Incode sends. A session only moves to a higher rank, because events arrive in any order. A
 * rejection has a higher rank than an approval, so that no late delivery reverses it.
 */
const RANKS: Readonly<Record<string, number>> = {
  ID_VALIDATION_FINISHED: 10,
  ID_VALIDATION_FINISHED_SECOND_ID: 20,
  POST_PROCESSING_FINISHED: 30,
  FACE_VALIDATION_FINISHED: 40,
  GOVERNMENT_VALIDATION_FINISHED: 50,
  EXPIRED: 60,
  ONBOARDING_FINISHED: 70,
  MANUAL_REVIEW_APPROVED: 80,
  MANUAL_REVIEW_REJECTED: 90,
}

/** Status of a session without events. Incode documents this value, but never sends it. */
export const NO_STATUS = 'UNKNOWN'

export const EXPIRED = 'EXPIRED'
export const FINISHED = 'ONBOARDING_FINISHED'
export const REJECTED = 'MANUAL_REVIEW_REJECTED'

/** The rank of a status; undefined for an unknown one, which is stored, but does not change the session. */
export const rankOf = (status: string): number | undefined => (Object.hasOwn(RANKS, status) ? RANKS[status] : undefined)
