const text = { type: 'string' as const }

/** Response headers by name in lower case. */
export const HEADERS = {
  accept: { name: 'Accept', description: 'The supported content types.', schema: text },
  'accept-encoding': { name: 'Accept-Encoding', description: 'The supported content encodings.', schema: text },
  'accept-ranges': { name: 'Accept-Ranges', description: 'The unit of ranges: bytes.', schema: text },
  'cache-control': { name: 'Cache-Control', description: 'How long caches may store the response.', schema: text },
  'content-disposition': {
    name: 'Content-Disposition',
    description: 'Makes browsers save the response as a file with this name.',
    schema: text,
  },
  'content-range': {
    name: 'Content-Range',
    description: 'The returned range and the total size: `bytes 0-99/4700000`.',
    schema: text,
  },
  etag: {
    name: 'ETag',
    description: 'Identifies this version. Send it as `If-None-Match` to avoid another download.',
    schema: text,
  },
  link: {
    name: 'Link',
    description: 'Link to the next page, as `<path?query>; rel="next"`. The last page has none.',
    schema: text,
  },
  location: {
    name: 'Location',
    description: 'Target of the redirect.',
    schema: { type: 'string' as const, format: 'uri' },
  },
  pragma: { name: 'Pragma', description: 'Prevents caching by old proxies.', schema: text },
  'retry-after': {
    name: 'Retry-After',
    description: 'Seconds to wait before a retry.',
    schema: { type: 'string' as const, pattern: '^[0-9]+$' },
  },
  vary: { name: 'Vary', description: 'The request headers on which the response depends.', schema: text },
  'www-authenticate': {
    name: 'WWW-Authenticate',
    description: 'The accepted authentication scheme (RFC 9110, RFC 6750).',
    schema: text,
  },
}
