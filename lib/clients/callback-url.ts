import ipaddr from 'ipaddr.js'

/**
 * Checks a callback URL at registration and gives its normal form, or says what is wrong with it. The URL is parsed as
 * browsers parse it (WHATWG), so that what is checked is what they will follow. On a deployed stage it must lead to a
 * public host; what a public name resolves to is beyond what can be checked here.
 */
export function checkCallbackUrl(text: string, publicOnly: boolean): { url: string } | { issue: string } {
  const url = URL.parse(text)
  if (!url) return { issue: 'must be an absolute URL' }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { issue: 'must be an http or https URL' }
  // A browser reads `https:host` and `https:\\host` as well; whoever sends that has not meant it.
  if (!/^\s*https?:\/\/[^/\\]/i.test(text)) return { issue: 'must have two slashes and a host after http: or https:' }
  if (url.username !== '' || url.password !== '') return { issue: 'must not hold a user name or password' }
  if (publicOnly && !isPublicHost(url.hostname)) return { issue: 'must lead to a public host on a deployed stage' }
  return { url: url.href }
}

/** Names that never lead to a public host (RFC 6761, 6762, 8375, and what cloud networks call their own). */
const PRIVATE_NAMES = ['localhost', 'localdomain', 'local', 'internal', 'home.arpa']

/** `hostname` is already in normal form: `127.1`, `0x7f.1` and `2130706433` have all become `127.0.0.1`. */
function isPublicHost(hostname: string): boolean {
  const host = hostname.replace(/\.+$/, '')
  if (!host.includes('.') && !host.includes(':')) return false
  if (PRIVATE_NAMES.some((name) => host === name || host.endsWith(`.${name}`))) return false
  const address = host.replace(/^\[|\]$/g, '')
  // Private, loopback, link-local, unspecified, multicast, and addresses that carry another inside, are no unicast.
  if (!ipaddr.isValid(address)) return true
  const ip = ipaddr.process(address)
  // Of IPv6, only 2000::/3 is given out (RFC 4291 section 2.4); ipaddr.js takes `::127.0.0.1` for unicast.
  return ip.range() === 'unicast' && (ip instanceof ipaddr.IPv4 || ((ip.toByteArray()[0] ?? 0) & 0xe0) === 0x20)
}

/**
 * Adds parameters to a callback URL: merged into its query, or into its fragment where the app routes by that
 * (`https://ui.example/#/`), as the collector's clients expect. Parameters of the same name are replaced; the rest
 * stays byte for byte.
 */
export function addUrlParameters(callbackUrl: string, parameters: Readonly<Record<string, string>>): string {
  const [address = '', ...after] = callbackUrl.split('#')
  const fragment = after.join('#')
  const hashRouted = after.length > 0 && (fragment === '' || /^!?[/?]/.test(fragment))
  if (hashRouted) return `${address}#${merged(fragment, parameters)}`
  return after.length > 0 ? `${merged(address, parameters)}#${fragment}` : merged(address, parameters)
}

function merged(target: string, parameters: Readonly<Record<string, string>>): string {
  const cut = target.indexOf('?')
  const path = cut < 0 ? target : target.slice(0, cut)
  const kept = (cut < 0 ? '' : target.slice(cut + 1))
    .split('&')
    .filter(
      (pair) => pair !== '' && ![...new URLSearchParams(pair).keys()].some((name) => Object.hasOwn(parameters, name)),
    )
  const added = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `${path}?${[...kept, ...added].join('&')}`
}
