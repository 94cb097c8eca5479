import type * as z from 'zod/mini'
import { Problem } from '../core/problem.ts'
import { type Input, invalidParameter, parseOrThrow, rejectDuplicates, withSchemas } from '../http/input.ts'
import { decodedBody, type Request } from '../http/request.ts'

/**
 * An auth token and a secret have one or two thousand bytes.
 * @limit Requests | bytes of a form that `/token`, `/introspect` and `/revoke` accept
 */
const FORM_BYTES = 16_000

/**
 * Parameters of an OAuth request: a form in the body, each parameter once (RFC 6749 section 3.2). One without a value
 * counts as left out, one that is not known is passed over; in the address none is taken, since addresses are logged.
 */
export const fromForm = <Shape extends z.core.$ZodShape>(
  schema: z.ZodMiniObject<Shape>,
): Input<z.output<z.ZodMiniObject<Shape>>> =>
  withSchemas({ form: schema }, (request) =>
    parseOrThrow(schema, formObject(request, new Set(Object.keys(schema.shape)))),
  )

function formObject(request: Request, known: ReadonlySet<string>): Record<string, string> {
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw formTypeRequired()
  }
  if (request.rawQuery !== '')
    throw invalidParameter([{ field: 'query', detail: 'must be empty: parameters go into the body' }])
  const body = decodedBody(request)
  if (body.length > FORM_BYTES) throw new Problem('body_too_large', `The body has more than ${FORM_BYTES} bytes.`)
  const given = [...new URLSearchParams(asText(body))].filter(([name, value]) => value !== '' && known.has(name))
  const parameters = rejectDuplicates(given)
  const odd = given.filter(([, value]) => /\p{Cc}|\ufffd/u.test(value))
  if (odd.length > 0)
    throw invalidParameter(odd.map(([field]) => ({ field, detail: 'holds characters that no parameter has' })))
  return parameters
}

export const formTypeRequired = () =>
  new Problem('content_type_unsupported', 'Send Content-Type: application/x-www-form-urlencoded.')

/** The bytes must be UTF-8, and what is percent-encoded too: URLSearchParams would put replacement characters there. */
function asText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new Problem('body_invalid', 'The body is not a form in UTF-8.')
  }
}
