import * as z from 'zod'
import type { ErrorExample } from '../operation.ts'
import { STORAGE } from '../refusals.ts'
import { CONFIDENTIAL_ID } from '../samples.ts'

export const jwt = z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/)

export const WRONG_BASIC = { Authorization: `Basic ${Buffer.from(`${CONFIDENTIAL_ID}:wrong`).toString('base64')}` }

export const tooManySecrets: ErrorExample = {
  code: 'too_many_attempts',
  summary: 'Too many wrong secrets',
  detail: 'Too many wrong credentials: try again in 600 seconds.',
  headers: { 'retry-after': '600' },
  sent: { security: [], headers: WRONG_BASIC },
}

/** What may be wrong with the client that asks, in all three endpoints of OAuth. */
export const clientRefused: readonly ErrorExample[] = [
  {
    code: 'credentials_missing',
    summary: 'No client',
    detail: 'This client is confidential: send its id and secret as Authorization: Basic.',
    sent: { security: [] },
  },
  {
    code: 'credentials_invalid',
    summary: 'A wrong secret',
    detail: 'Client id and secret do not belong together.',
    sent: { security: [], headers: WRONG_BASIC },
  },
  {
    code: 'content_type_unsupported',
    detail: 'Send Content-Type: application/x-www-form-urlencoded.',
    sent: { contentType: 'application/json' },
  },
  tooManySecrets,
  STORAGE,
]

export const clientFields = {
  client_id: 'The client, where its id and secret are not sent as `Authorization: Basic`.',
  client_secret: 'Its secret, where it is not sent as `Authorization: Basic`.',
}
