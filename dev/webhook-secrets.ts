import { createHmac } from 'node:crypto'
import { targetSecretName } from '../lib/config/secret-schemas.ts'
import { hasSecret, type SecretScheme, secretNameOf, type WebhookProvider } from '../lib/config/webhook-schemas.ts'

/** A parameter with secrets that webhooks.yml needs. */
export interface WebhookParameter {
  name: string
  /** The provider that names it first. */
  provider: string
  /** The schemes that use it. Empty for a secret that signs what a target gets. */
  schemes: SecretScheme[]
}

/** The parameters that the providers need, each once: those that verify, then those that sign for their targets. */
export function webhookParameters(providers: Iterable<WebhookProvider>): WebhookParameter[] {
  const all = [...providers]
  const parameters = new Map<string, WebhookParameter>()
  for (const provider of all) {
    for (const scheme of provider.verify) {
      if (!hasSecret(scheme)) continue
      const name = secretNameOf(provider, scheme)
      const known = parameters.get(name) ?? { name, provider: provider.name, schemes: [] }
      known.schemes.push({ ...scheme, secret: name })
      parameters.set(name, known)
    }
  }
  for (const { name: provider, target } of all) {
    if (target === undefined) continue
    const name = targetSecretName(provider)
    parameters.set(name, { name, provider, schemes: [] })
  }
  return [...parameters.values()]
}

/**
 * The secrets of the local run by the name of their parameter. They are derived from its random `sealKey`, so that a new
 * entry of webhooks.yml needs none. Every provider has one for its target, which can be a fake. The settings of built-in
 * providers are not among them, nor JWK sets, which only the provider can have.
 */
export function localWebhookSecrets(providers: Iterable<WebhookProvider>, sealKey: string): Record<string, string> {
  const withTargets = [...providers].map((provider) => ({ ...provider, target: 'any' }))
  const secrets = webhookParameters(withTargets).flatMap(({ name, schemes }): [string, string][] => {
    if (!name.startsWith('WEBHOOK_')) return []
    const text = inForm(schemes[0], createHmac('sha256', sealKey).update(`webhook:${name}`).digest())
    return text === undefined ? [] : [[name, text]]
  })
  return Object.fromEntries(secrets)
}

function inForm(scheme: SecretScheme | undefined, bytes: Buffer): string | undefined {
  if (scheme?.scheme === 'basic') return `latchkey:${bytes.toString('hex')}`
  if (scheme?.scheme === 'header' && scheme.header === undefined) return `X-Webhook-Secret: ${bytes.toString('hex')}`
  if (scheme?.scheme === 'jwt' && !scheme.algorithms.includes('HS256')) return undefined
  // Standard Webhooks requires this form, and the other schemes accept any text.
  return `whsec_${bytes.toString('base64')}`
}

/** The secrets of webhooks.yml in an environment. They replace the derived ones. */
export const webhookSecretsIn = (environment: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      name.startsWith('WEBHOOK_') && value ? [[name, value]] : [],
    ),
  )
