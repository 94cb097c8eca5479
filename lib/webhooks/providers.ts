import { ConfigError } from '../config/config-error.ts'
import { getSettings } from '../config/settings.ts'
import { type WebhookProvider, webhooksText } from '../config/webhook-schemas.ts'

let cached: { text: string; providers: ReadonlyMap<string, WebhookProvider> } | undefined

/** The providers of webhooks.yml by name, with the built-in ones. */
export async function webhookProviders(): Promise<ReadonlyMap<string, WebhookProvider>> {
  const { WEBHOOKS: text } = await getSettings('WEBHOOKS')
  if (cached?.text === text) return cached.providers
  const parsed = webhooksText().safeParse(text)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new ConfigError([`WEBHOOKS ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is invalid'}`])
  }
  cached = { text, providers: parsed.data }
  return parsed.data
}

/** The name of a provider as a dimension of metrics. Callers choose names in paths, so that others are `unknown`. */
export const nameInMetrics = (name = ''): string => (cached?.providers.has(name) ? name : 'unknown')

/** Whether the events of a provider are sent on. */
export const hasRecipients = ({ target, bus }: Pick<WebhookProvider, 'target' | 'bus'>): boolean =>
  target !== undefined || bus !== undefined
