import {
  type SecretScheme,
  type WebhookProvider,
  type WebhookScheme,
  webhookEntries,
} from '../../lib/config/webhook-schemas.ts'
import type { Delivery } from '../../lib/webhooks/delivery.ts'

/** UNIX milliseconds, at a whole second. */
export const NOW = Date.UTC(2026, 10, 30, 12, 0, 0)

/** The provider that an entry of webhooks.yml describes. */
export function webhookProvider(entry: object, name = 'tested'): WebhookProvider {
  const provider = webhookEntries.parse({ [name]: entry }).get(name)
  if (provider === undefined) throw new Error('The entry is missing.')
  return provider
}

/** A scheme with its defaults. */
export function webhookScheme<Scheme extends { scheme: SecretScheme['scheme'] }>(fields: Scheme) {
  const [scheme] = webhookProvider({ verify: fields }).verify
  const isWanted = (one: WebhookScheme | undefined): one is Extract<SecretScheme, { scheme: Scheme['scheme'] }> =>
    one?.scheme === fields.scheme
  if (!isWanted(scheme)) throw new Error('The scheme has another name.')
  return scheme
}

/** The first scheme of a preset. */
export const presetScheme = (like: string): SecretScheme => firstScheme(webhookProvider({ like }))

/** The first scheme of a built-in provider. */
export const builtInScheme = (name: string): SecretScheme => firstScheme(webhookProvider({}, name))

function firstScheme({ verify: [scheme] }: WebhookProvider): SecretScheme {
  if (scheme === undefined || scheme.scheme === 'auth-token') throw new Error('The provider has no secret.')
  return scheme
}

/** A delivery that was received at `NOW`. */
export const deliveryOf = (
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = '',
  receivedAt = NOW,
): Delivery => ({ headers, rawBody: typeof body === 'string' ? Buffer.from(body) : body, receivedAt })
