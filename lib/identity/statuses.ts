/**
 * Statuses that Incode sends, by how far on they are: a session only ever moves to a higher rank, in whatever order the
 * events of it arrive. A rejection outranks an approval, so that no late or repeated delivery lets in again who was
 * turned away; a session that both expired and finished has finished.
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

/** Of a session that no event has moved yet. Incode has this word and never sends it. */
export const NO_STATUS = 'UNKNOWN'

export const FINISHED = 'ONBOARDING_FINISHED'
export const REJECTED = 'MANUAL_REVIEW_REJECTED'

/** Undefined for a status that is not known here: it is kept, and moves nothing. */
export const rankOf = (status: string): number | undefined => (Object.hasOwn(RANKS, status) ? RANKS[status] : undefined)
