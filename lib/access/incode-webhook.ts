import { getSettings } from '../config/settings.ts'
import type { AnonymousCaller, ClientCaller, WebhookCaller } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { matchesDigest, secretDigest } from '../crypto/secrets.ts'
import type { Access } from '../http/endpoint.ts'
import { clientToken } from './client-token.ts'
import { isOpen } from './open-endpoints.ts'
import { allowAnonymousIf, knownCaller, type Proof, requireAnyOf } from './proof.ts'

const configured = async () => (await getSettings('INCODE_WEBHOOK_HEADER')).INCODE_WEBHOOK_HEADER

/** The header that Incode was told to send (INCODE_WEBHOOK_HEADER). */
const incodeHeader: Proof<WebhookCaller> = {
  expectation: 'the header that INCODE_WEBHOOK_HEADER names',
  async check({ headers }) {
    const header = await configured()
    const given = header && Object.hasOwn(headers, header.name) ? headers[header.name] : undefined
    if (header === undefined || given === undefined) return null
    if (!matchesDigest(given, secretDigest(header.value))) throw wrongWebhookHeader()
    return knownCaller({ kind: 'webhook' })
  },
}

export const wrongWebhookHeader = () =>
  new Problem('credentials_invalid', 'The webhook header does not have the value that was agreed on.')

/**
 * Deliveries of Incode: by its OAuth option, an auth token with scope `webhook`; by a header; or, where neither a header
 * is agreed on nor the endpoint closed, by anyone.
 */
export const incodeWebhook = (
  endpoint: 'webhook' | 'approve',
): Access<WebhookCaller | ClientCaller | AnonymousCaller> =>
  allowAnonymousIf(
    async () => (await configured()) === undefined && isOpen(endpoint),
    requireAnyOf(incodeHeader, clientToken('webhook')),
  )
