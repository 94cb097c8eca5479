import { getSettings } from '../config/settings.ts'
import type { AnonymousCaller, ClientCaller, WebhookCaller } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { matchesDigest, secretDigest } from '../crypto/secrets.ts'
import type { Access } from '../http/endpoint.ts'
import { clientToken } from './client-token.ts'
import { isOpen } from './open-endpoints.ts'
import { allowAnonymousIf, knownCaller, type Proof, requireAnyOf } from './proof.ts'

const getWebhookHeader = async () => (await getSettings('INCODE_WEBHOOK_HEADER')).INCODE_WEBHOOK_HEADER

/** The header that Incode is configured to send (INCODE_WEBHOOK_HEADER). */
const incodeHeader: Proof<WebhookCaller> = {
  expectation: 'the header that INCODE_WEBHOOK_HEADER names',
  async check({ headers }) {
    const header = await getWebhookHeader()
    const value = header && Object.hasOwn(headers, header.name) ? headers[header.name] : undefined
    if (header === undefined || value === undefined) return null
    if (!matchesDigest(value, secretDigest(header.value))) throw wrongWebhookHeader()
    return knownCaller({ kind: 'webhook' })
  },
}

export const wrongWebhookHeader = () =>
  new Problem('credentials_invalid', 'The webhook header does not have the value of INCODE_WEBHOOK_HEADER.')

/**
 * Authenticates deliveries of Incode by the configured header, or by an auth token with scope `webhook` (Incode's
 * OAuth option). Without a configured header, an open endpoint accepts every caller.
 */
export const incodeWebhook = (
  endpoint: 'webhook' | 'approve',
): Access<WebhookCaller | ClientCaller | AnonymousCaller> =>
  allowAnonymousIf(
    async () => (await getWebhookHeader()) === undefined && isOpen(endpoint),
    requireAnyOf(incodeHeader, clientToken('webhook')),
  )
