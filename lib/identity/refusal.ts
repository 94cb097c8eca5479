import type { Members } from '../http/respond.ts'

/** What Incode's sample front ends read in a refusal. */
export const incodeRefusal: Members = (detail) => ({ success: false, error: detail })
