import Negotiator from 'negotiator'
import type { ResponseFormat } from './query.ts'

/** The first one is chosen among those that the client prefers equally, as for Accept: *\/*. */
const FORMAT_OF_TYPE = new Map<string, ResponseFormat>([
  ['text/html', 'html'],
  ['text/csv', 'csv'],
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
])

/** Parameters of a media type, such as charset, do not select a format. */
const PARAMETER = /;\s*(?!q=)[\w-]+=(?:"[^"]*"|[^;,]*)/gi

/** The format that an Accept header prefers (RFC 9110 section 12.5.1); html without one. */
export function acceptedFormat(header = '*/*'): ResponseFormat {
  const accept = header.replace(PARAMETER, '')
  const type = new Negotiator({ headers: { accept } }).mediaType([...FORMAT_OF_TYPE.keys()])
  return FORMAT_OF_TYPE.get(type ?? '') ?? 'html'
}
