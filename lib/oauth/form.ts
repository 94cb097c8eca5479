import type * as z from 'zod/mini'
import { Problem } from '../core/problem.ts'
import { type Input, invalidParameter, parseOrThrow, rejectDuplicates, withSchemas } from '../http/input.ts'
import { decodeBody, type Request } from '../http/request.ts'

/**
 * An auth token and a secret have at most 2,000 bytes together.
 * @limit Requests | bytes of a form that `/token`, `/introspect` and `/revoke` accept
 */
const MAX_FORM_BYTES = 16_000

/**
 * Reads the parameters of an OAuth request from a form in the body (RFC 6749 section 3.2). Repeated parameters are
 * rejected, except `lists`, which are arrays; empty and unknown ones are ignored. A query is rejected, because URLs are
 * logged.
 */
export const fromForm = <Shape extends z.core.$ZodShape>(
  schema: z.ZodMiniObject<Shape>,
  lists: readonly string[] = [],
): Input<z.output<z.ZodMiniObject<Shape>>> =>
  withSchemas({ form: schema }, (request) => {
    const pairs = parseForm(request, new Set(Object.keys(schema.shape)))
    const arrays = Object.groupBy(
      pairs.filter(([name]) => lists.includes(name)),
      ([name]) => name,
    )
    return parseOrThrow(schema, {
      ...rejectDuplicates(pairs.filter(([name]) => !lists.includes(name))),
      ...Object.fromEntries(
        Object.entries(arrays).map(([name, values = []]) => [name, values.map(([, value]) => value)]),
      ),
    })
  })

function parseForm(request: Request, knownNames: ReadonlySet<string>): [name: string, value: string][] {
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw formTypeRequired()
  }
  if (request.rawQuery !== '')
    throw invalidParameter([{ field: 'query', detail: 'must be empty: send the parameters in the body' }])
  const body = decodeBody(request)
  if (body.length > MAX_FORM_BYTES)
    throw new Problem('body_too_large', `The body must have at most ${MAX_FORM_BYTES} bytes.`)
  const pairs = [...new URLSearchParams(decodeText(body))].filter(
    // An empty participant is an error, not a token for the whole client.
    ([name, value]) => (value !== '' || name === 'participant_id') && knownNames.has(name),
  )
  const invalid = pairs.filter(([, value]) => /\p{Cc}|\ufffd/u.test(value))
  if (invalid.length > 0)
    throw invalidParameter(invalid.map(([field]) => ({ field, detail: 'contains invalid characters' })))
  return pairs
}

export const formTypeRequired = () =>
  new Problem('content_type_unsupported', 'Send Content-Type: application/x-www-form-urlencoded.')

/** Decodes UTF-8. Throws `body_invalid`, where URLSearchParams would insert replacement characters. */
function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new Problem('body_invalid', 'The body must be a form in UTF-8.')
  }
}
