import { isOpen } from '../access/open-endpoints.ts'
import { allowAnonymousIf } from '../access/proof.ts'
import { getSettings } from '../config/settings.ts'
import { webhookSender } from '../webhooks/sender.ts'

/**
 * Authenticates deliveries of Incode by the schemes of its entry. These are the header in INCODE_WEBHOOK_HEADER, and an
 * auth token with scope `webhook` (Incode's OAuth option), unless webhooks.yml has others. Without a configured header, an open endpoint accepts every
 * caller.
 */
export const incodeWebhook = (endpoint: 'webhook' | 'approve') =>
  allowAnonymousIf(
    async () => {
      const { INCODE_WEBHOOK_HEADER } = await getSettings('INCODE_WEBHOOK_HEADER')
      return INCODE_WEBHOOK_HEADER === undefined && isOpen(endpoint)
    },
    webhookSender(() => 'incode'),
  )
