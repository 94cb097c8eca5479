import ipaddr from 'ipaddr.js'

/**
 * Whether a text is a public IPv4 or IPv6 address. Private, loopback, link-local, shared (RFC 6598), unspecified,
 * multicast and reserved addresses are not; an IPv4-mapped address is what its IPv4 address is.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const ip = ipaddr.process(text)
  // Public IPv6 addresses are in 2000::/3 (RFC 4291 section 2.4); ipaddr.js treats `::127.0.0.1` as unicast.
  return ip.range() === 'unicast' && (ip instanceof ipaddr.IPv4 || ((ip.toByteArray()[0] ?? 0) & 0xe0) === 0x20)
}
