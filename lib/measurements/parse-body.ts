import { Problem } from '../core/problem.ts'
import { parseCsv } from './csv.ts'
import { parseForm } from './form.ts'
import { parseJson, parseNdjson } from './json.ts'
import { parseMsgpack } from './msgpack.ts'
import type { RawColumns } from './raw-columns.ts'
import type { Warnings } from './warnings.ts'

type Parser = (bytes: Uint8Array, charset: string | undefined, warnings: Warnings) => RawColumns

const msgpack: Parser = (bytes, _charset, warnings) => parseMsgpack(bytes, warnings)

const FORMATS: Readonly<Record<string, Parser>> = {
  'application/json': parseJson,
  'application/x-ndjson': parseNdjson,
  'application/ndjson': parseNdjson,
  'application/jsonl': parseNdjson,
  'text/csv': parseCsv,
  'application/x-www-form-urlencoded': parseForm,
  'application/msgpack': msgpack,
  'application/x-msgpack': msgpack,
  'application/vnd.msgpack': msgpack,
}

/** Parses an upload's body by its Content-Type, which may have parameters such as `charset`. Throws a `Problem`. */
export function parseBody(contentType: string | undefined, bytes: Uint8Array, warnings: Warnings): RawColumns {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim())
  const parser = Object.hasOwn(FORMATS, type.toLowerCase()) ? FORMATS[type.toLowerCase()] : undefined
  if (!parser) {
    const reason = type === '' ? 'The Content-Type header is missing.' : 'This Content-Type is not supported.'
    throw new Problem('content_type_unsupported', `${reason} Send one of ${Object.keys(FORMATS).join(', ')}.`, {
      headers: { accept: Object.keys(FORMATS).join(', ') },
    })
  }
  if (bytes.length === 0) throw new Problem('body_invalid', 'The body is empty.')
  const charset = parameters.find((parameter) => /^charset\s*=/i.test(parameter))
  return parser(bytes, charset?.replace(/^charset\s*=\s*/i, ''), warnings)
}
