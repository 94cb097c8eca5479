import { idempotencyKeyReused } from '../core/problem.ts'
import { parseIdempotencyKey } from '../http/idempotency-key.ts'
import { requestInProgress } from '../jobs/run-once.ts'
import { exampleRequest } from './errors.ts'
import type { Fields } from './fields.ts'
import { type ErrorExample, failure, type RequestExample } from './operation.ts'
import { IDEMPOTENCY_KEY } from './samples.ts'

export const KEY_HEADER = { 'Idempotency-Key': IDEMPOTENCY_KEY }
const LONG_KEY = 'k'.repeat(256)

/** The header of an operation that creates something; `effect` says what a retry does. */
export const idempotencyHeader = (effect: string): Fields => ({
  'Idempotency-Key': {
    description: `A unique key of this request, such as a UUID: ${effect}`,
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  },
})

/** The header of an operation that creates something else than data, and responds to a retry as to the first request. */
export const SAME_RESPONSE = idempotencyHeader('a retry with the same key returns the same response. Valid for a day.')

export const IN_PROGRESS = failure(requestInProgress())

/** The errors of that header; `different` is a request that differs from the first example. */
export const idempotencyErrors = (different: RequestExample): ErrorExample[] => [
  failure(
    () => parseIdempotencyKey(exampleRequest({ headers: { 'idempotency-key': LONG_KEY } })),
    { headers: { 'Idempotency-Key': LONG_KEY } },
    'The Idempotency-Key is too long',
  ),
  failure(idempotencyKeyReused(), { headers: KEY_HEADER, ...different }),
]
