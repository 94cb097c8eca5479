import ipaddr from 'ipaddr.js'

/**
 * Validates a callback URL at registration: returns its normal form, or what is wrong with it. The URL is parsed as
 * browsers do (WHATWG), because they will follow it. With `publicOnly` its host must be public; the address that a name
 * resolves to is not checked.
 */
export function checkCallbackUrl(text: string, publicOnly: boolean): { url: string } | { issue: string } {
  const url = URL.parse(text)
  if (!url) return { issue: 'must be an absolute http or https URL' }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { issue: 'must be an http or https URL' }
  // Browsers accept `https:host` and `https:\\host` too, but these are mistakes.
  if (!/^\s*https?:\/\/[^/\\]/i.test(text)) return { issue: 'must have two slashes and a host after http: or https:' }
  if (url.username !== '' || url.password !== '') return { issue: 'must not contain a user name or password' }
  if (publicOnly && !isPublicHost(url.hostname)) return { issue: 'must have a public host' }
  return { url: url.href }
}

/** Names that are never public (RFC 6761, 6762, 8375, and internal names of cloud networks). */
const PRIVATE_NAMES = ['localhost', 'localdomain', 'local', 'internal', 'home.arpa']

/** `hostname` is normalised: URL.parse turns `127.1`, `0x7f.1` and `2130706433` into `127.0.0.1`. */
function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/\.+$/, '')
  if (!host.includes('.') && !host.includes(':')) return false
  if (PRIVATE_NAMES.some((name) => host === name || host.endsWith(`.${name}`))) return false
  const address = host.replace(/^\[|\]$/g, '')
  // Private, loopback, link-local, unspecified, multicast and IPv4-mapped addresses have other ranges than unicast.
  if (!ipaddr.isValid(address)) return true
  const ip = ipaddr.process(address)
  // Public IPv6 addresses are in 2000::/3 (RFC 4291 section 2.4); ipaddr.js treats `::127.0.0.1` as unicast.
  return ip.range() === 'unicast' && (ip instanceof ipaddr.IPv4 || ((ip.toByteArray()[0] ?? 0) & 0xe0) === 0x20)
}

/**
 * Adds parameters to a callback URL: to its query, or to its fragment if the app routes by it (`https://ui.example/#/`), as
 * the collector's clients expect. Parameters of the same name are replaced; the rest stays byte for byte.
 */
export function addUrlParameters(callbackUrl: string, parameters: Readonly<Record<string, string>>): string {
  const [address = '', ...fragmentParts] = callbackUrl.split('#')
  const fragment = fragmentParts.join('#')
  const hasFragment = fragmentParts.length > 0
  const isHashRouted = hasFragment && (fragment === '' || /^!?[/?]/.test(fragment))
  if (isHashRouted) return `${address}#${mergeParameters(fragment, parameters)}`
  const merged = mergeParameters(address, parameters)
  return hasFragment ? `${merged}#${fragment}` : merged
}

function mergeParameters(target: string, parameters: Readonly<Record<string, string>>): string {
  const queryStart = target.indexOf('?')
  const path = queryStart < 0 ? target : target.slice(0, queryStart)
  const otherPairs = (queryStart < 0 ? '' : target.slice(queryStart + 1))
    .split('&')
    .filter(
      (pair) => pair !== '' && ![...new URLSearchParams(pair).keys()].some((name) => Object.hasOwn(parameters, name)),
    )
  const newPairs = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `${path}?${[...otherPairs, ...newPairs].join('&')}`
}
