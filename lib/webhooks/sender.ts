import { clientToken } from '../access/client-token.ts'
import { credentialsMissing, knownCaller, pendingCaller } from '../access/proof.ts'
import { settingsMissing } from '../config/config-error.ts'
import { getWebhookSecrets } from '../config/settings.ts'
import {
  hasSecret,
  isShadow,
  type SchemeOf,
  secretNameOf,
  type WebhookProvider,
  type WebhookScheme,
} from '../config/webhook-schemas.ts'
import type { ClientCaller, WebhookCaller } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import type { Access, PendingCaller } from '../http/endpoint.ts'
import type { Request } from '../http/request.ts'
import { countMetric } from '../observability/metrics.ts'
import type { Refusal } from './delivery.ts'
import { webhookProviders } from './providers.ts'
import { schemeHeader, verifyScheme } from './schemes.ts'

type Sender = PendingCaller<WebhookCaller | ClientCaller>

const token = clientToken('webhook')

/**
 * Authenticates a delivery by the schemes of its provider: one must accept it. Throws `not_found` for a provider that
 * webhooks.yml does not name, and `provider_not_configured` where the secret of the delivery's scheme is not set.
 */
export const webhookSender =
  (nameOf: (request: Request) => string): Access<WebhookCaller | ClientCaller> =>
  async (request) => {
    const provider = await providerNamed(nameOf(request))
    const schemes = provider.verify.filter((scheme) => !isShadow(scheme))
    const refusals: Refusal[] = []
    let problem: Problem | undefined
    for (const scheme of schemes) {
      const result = await check(provider, scheme, request).catch(clientProblem)
      if (typeof result === 'string') refusals.push(result)
      else if (result instanceof Problem) problem ??= result
      else {
        await countShadows(provider, request)
        return result
      }
    }
    const cause = refusals.find((refusal) => refusal !== 'signature_missing')
    if (cause !== undefined) throw deliveryRefused(cause)
    throw problem ?? credentialsMissing(expectationOf(schemes))
  }

/** One scheme must accept a delivery, so that the problem of another does not end the search. Rethrows outages. */
function clientProblem(error: unknown): Problem {
  if (error instanceof Problem && (error.status < 500 || error.code === 'provider_not_configured')) return error
  throw error
}

/** The entry of a provider. Throws `not_found`. */
export async function providerNamed(name: string): Promise<WebhookProvider> {
  const provider = (await webhookProviders()).get(name)
  if (!provider) throw unknownProvider()
  return provider
}

export const incodeElsewhere = () => new Problem('not_found', 'Incode delivers to /webhook or /approve.')

export const unknownProvider = () => new Problem('not_found', 'webhooks.yml has no provider with this name.')

const SENTENCES: Readonly<Record<Refusal, string>> = {
  signature_missing: 'The delivery has no signature.',
  signature_malformed: 'The signature does not have the form of its scheme.',
  signature_wrong: 'No secret of the provider makes this signature for this body.',
  time_missing: 'The signature needs a time, and the delivery has none.',
  time_malformed: 'The time of the signature must be UNIX seconds.',
  time_out_of_range: 'The time of the signature differs too much from the time of receipt.',
  body_malformed: 'The scheme signs texts: the body must be UTF-8.',
  keys_unavailable: 'The key set of the provider cannot be read at the moment. Deliver the event again.',
}

/** Why a delivery is not accepted. The cause is counted. */
export const deliveryRefused = (cause: Refusal) =>
  new Problem(cause === 'keys_unavailable' ? 'provider_unavailable' : 'credentials_invalid', SENTENCES[cause], {
    facts: { cause },
    ...(cause === 'keys_unavailable' && { headers: { 'retry-after': '30' } }),
  })

const expectationOf = (schemes: readonly WebhookScheme[]): string =>
  schemes.map((scheme) => (scheme.scheme === 'auth-token' ? token.expectation : schemeHeader(scheme))).join(', or ')

async function check(provider: WebhookProvider, scheme: WebhookScheme, request: Request): Promise<Sender | Refusal> {
  if (scheme.scheme === 'auth-token') return (await checkToken(provider, scheme, request)) ?? 'signature_missing'
  const secretName = secretNameOf(provider, scheme)
  const needsSecret = hasSecret(scheme)
  const secrets = needsSecret ? await getWebhookSecrets(secretName) : []
  const result = await verifyScheme({ ...scheme, secret: secretName }, secrets, request)
  if (result === 'accepted') return knownCaller({ kind: 'webhook', verifiedBy: scheme.scheme })
  if (needsSecret && secrets.length === 0 && result !== 'signature_missing') throw settingsMissing(secretName)
  return result
}

/**
 * Authenticates an auth token. A client that an entry names delivers for that entry only. Entries that name none accept
 * the other clients.
 */
async function checkToken({ name }: WebhookProvider, { client }: SchemeOf<'auth-token'>, request: Request) {
  const pending = await token.check(request)
  if (!pending) return null
  const providers = [...(await webhookProviders()).values()]
  const isNamedElsewhere = (clientId: string) =>
    providers.some((other) => other.name !== name && other.verify.some((one) => namesClient(one, clientId)))
  const caller = pending.caller.then((authenticated) => {
    const { clientId } = authenticated
    if (client === undefined ? isNamedElsewhere(clientId) : clientId !== client) throw otherSender()
    return authenticated
  })
  return pendingCaller(caller)
}

const namesClient = (scheme: WebhookScheme, clientId: string): boolean =>
  scheme.scheme === 'auth-token' && scheme.client === clientId

export const otherSender = () => new Problem('not_allowed', 'The auth token belongs to the client of another provider.')

/** Schemes that are only tried: what they say of an authentic delivery shows whether they can replace the others. */
async function countShadows(provider: WebhookProvider, request: Request): Promise<void> {
  for (const scheme of provider.verify.filter(isShadow)) {
    const result = await check(provider, scheme, request).catch(() => 'not_configured')
    countMetric('WebhookShadow', { provider: provider.name, result: typeof result === 'string' ? result : 'accepted' })
  }
}
