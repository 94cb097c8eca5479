import { isIP } from 'node:net'
import { isPublicAddress } from '../core/public-address.ts'
import { isAppScheme } from '../core/redirect-url.ts'
import type { ClientRecord } from './store.ts'

/**
 * Validates a callback URL at registration: returns its normal form, or what is wrong with it. The URL is parsed as
 * browsers do (WHATWG), because they will follow it. Only a confidential client cannot have an app's scheme. With `publicOnly` an
 * http(s) URL must have a public host; the address that a name resolves to is not checked.
 */
export function checkCallbackUrl(
  text: string,
  publicOnly: boolean,
  kind: ClientRecord['kind'] = 'public',
): { url: string } | { issue: string } {
  const url = URL.parse(text)
  if (!url) return { issue: 'must be an absolute http or https URL' }
  if (isAppScheme(url.protocol)) return checkAppUrl(url, kind)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { issue: NOT_WEB[kind] }
  // Browsers accept `https:host` and `https:\\host` too, but these are mistakes.
  if (!/^\s*https?:\/\/[^/\\]/i.test(text)) return { issue: 'must have two slashes and a host after http: or https:' }
  if (url.username !== '' || url.password !== '') return { issue: 'must not contain a user name or password' }
  if (publicOnly && !isPublicHost(url.hostname)) return { issue: 'must have a public host' }
  return { url: url.href }
}

const NOT_WEB_OR_APP = 'must be an http or https URL, or have the scheme of an app such as com.example.app:/callback'
const NOT_WEB = {
  public: NOT_WEB_OR_APP,
  attested: NOT_WEB_OR_APP,
  confidential: 'must be an http or https URL, because kind is confidential',
}

function checkAppUrl(url: URL, kind: ClientRecord['kind']): { url: string } | { issue: string } {
  if (kind === 'confidential') return { issue: NOT_WEB[kind] }
  if (!/^[^:]+:\//.test(url.href)) return { issue: 'must have a slash after the scheme of the app' }
  if (url.username !== '' || url.password !== '') return { issue: 'must not contain a user name or password' }
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
  return isIP(address) === 0 || isPublicAddress(address)
}

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=\/)/

/**
 * Returns the callback URL to which a request with this `redirect_uri` leads; without one, the default. Undefined if no
 * registered URL is the same text. A URL with a loopback IP address may have any port (RFC 8252 section 7.3).
 */
export function selectCallbackUrl(
  { callback_url, callback_urls = [] }: Pick<ClientRecord, 'callback_url' | 'callback_urls'>,
  redirectUri = callback_url,
): string | undefined {
  const registered = [callback_url, ...callback_urls]
  // Registration added the slash of `https://app.example`.
  const normal = /^https?:\/\/[^/?#]+$/.test(redirectUri) ? `${redirectUri}/` : redirectUri
  if (registered.includes(normal)) return normal
  const [host] = LOOPBACK.exec(normal) ?? []
  if (host === undefined || !URL.canParse(normal)) return undefined
  const withoutPort = (url: string) => url.replace(LOOPBACK, (match) => match.replace(/:\d+$/, ''))
  return registered.some((url) => LOOPBACK.test(url) && withoutPort(url) === withoutPort(normal)) ? normal : undefined
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
