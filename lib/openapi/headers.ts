const text = { type: 'string' as const }

/** What the headers of answers mean, by their names in lower case. */
export const HEADERS = {
  accept: { name: 'Accept', description: 'The content types that would be taken.', schema: text },
  'accept-encoding': { name: 'Accept-Encoding', description: 'The encodings that would be taken.', schema: text },
  'accept-ranges': { name: 'Accept-Ranges', description: 'That a Range may be asked for, in bytes.', schema: text },
  'cache-control': { name: 'Cache-Control', description: 'For how long the answer may be kept.', schema: text },
  'content-disposition': {
    name: 'Content-Disposition',
    description: 'Has browsers save the answer as a file, and names it.',
    schema: text,
  },
  'content-range': {
    name: 'Content-Range',
    description: 'Which bytes these are, and of how many: `bytes 0-99/4700000`.',
    schema: text,
  },
  etag: {
    name: 'ETag',
    description: 'Names this version; sent back as `If-None-Match`, it saves the download.',
    schema: text,
  },
  link: {
    name: 'Link',
    description: 'Leads to the next page, as `<path?query>; rel="next"`; missing on the last.',
    schema: text,
  },
  location: {
    name: 'Location',
    description: 'Where the browser goes next.',
    schema: { type: 'string' as const, format: 'uri' },
  },
  pragma: { name: 'Pragma', description: 'Keeps the answer out of old caches.', schema: text },
  'retry-after': {
    name: 'Retry-After',
    description: 'After how many seconds the same may be sent again.',
    schema: { type: 'string' as const, pattern: '^[0-9]+$' },
  },
  vary: { name: 'Vary', description: 'Which headers of the request the answer goes by.', schema: text },
  'www-authenticate': {
    name: 'WWW-Authenticate',
    description: 'The kind of credentials that is wanted (RFC 9110, RFC 6750).',
    schema: text,
  },
}
