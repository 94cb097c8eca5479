import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { matchesDigest, secretDigest } from '../crypto/secrets.ts'
import { type Access, allowAnonymousIf, caller, type Proof, requireAnyOf, SHARED_CLIENT } from './caller.ts'
import { clientToken } from './client-token.ts'
import { isOpen } from './open-endpoints.ts'

const configured = async () => (await getSettings('INCODE_WEBHOOK_HEADER')).INCODE_WEBHOOK_HEADER

/** The header that Incode was told to send (INCODE_WEBHOOK_HEADER). */
const incodeHeader: Proof = {
  expectation: 'the header that INCODE_WEBHOOK_HEADER names',
  async check({ headers }) {
    const header = await configured()
    const given = header && Object.hasOwn(headers, header.name) ? headers[header.name] : undefined
    if (header === undefined || given === undefined) return null
    if (!matchesDigest(given, secretDigest(header.value))) {
      throw new Problem('credentials_invalid', 'The webhook header does not have the value that was agreed on.')
    }
    return { caller: Promise.resolve(caller('webhook', SHARED_CLIENT)) }
  },
}

/**
 * Deliveries of Incode: by its OAuth option, an auth token with scope `webhook`; by a header; or, where neither a header
 * is agreed on nor the endpoint closed, by anyone.
 */
export const incodeWebhook = (endpoint: 'webhook' | 'approve'): Access =>
  allowAnonymousIf(
    async () => (await configured()) === undefined && isOpen(endpoint),
    requireAnyOf(incodeHeader, clientToken('webhook')),
  )
