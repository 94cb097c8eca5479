const header = (name: string, description: string, format: { format?: 'uri-reference'; pattern?: string } = {}) => ({
  name,
  description,
  schema: { type: 'string' as const, ...format },
})

/** Response headers by name in lower case. */
export const HEADERS = {
  accept: header('Accept', 'The supported content types.'),
  'accept-encoding': header('Accept-Encoding', 'The supported content encodings.'),
  'accept-ranges': header('Accept-Ranges', 'The unit of ranges: bytes.'),
  'cache-control': header('Cache-Control', 'How long caches may store the response.'),
  'content-encoding': header('Content-Encoding', 'Compression of the body: gzip, if the request accepts it.'),
  'content-disposition': header('Content-Disposition', 'Makes browsers save the response as a file with this name.'),
  'content-range': header('Content-Range', 'The returned range and the total size: `bytes 0-99/4700000`.'),
  'dpop-nonce': header('DPoP-Nonce', 'The nonce for the next DPoP proofs, if the deployment requires one.'),
  etag: header('ETag', 'Identifies this version. Send it as `If-None-Match` to avoid another download.'),
  link: header('Link', 'Link to the next page, as `<path?query>; rel="next"`. The last page has none.'),
  location: header('Location', 'Target of the redirect, or address of the new resource.', { format: 'uri-reference' }),
  'oauth-client-attestation-challenge': header(
    'OAuth-Client-Attestation-Challenge',
    'The challenge for the next proof of possession of an attested app.',
  ),
  pragma: header('Pragma', 'Prevents caching by old proxies.'),
  'retry-after': header('Retry-After', 'Seconds to wait before a retry.', { pattern: '^[0-9]+$' }),
  vary: header('Vary', 'The request headers on which the response depends.'),
  'x-latchkey-more': header('X-Latchkey-More', '`true` if a next page follows, as in `Link`.'),
  'www-authenticate': header('WWW-Authenticate', 'The accepted authentication scheme (RFC 9110, RFC 6750, RFC 9449).'),
}
