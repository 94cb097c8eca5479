import { createHmac, timingSafeEqual } from 'node:crypto'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { caller, type Proof, SHARED_CLIENT } from './caller.ts'

/** Help Lightning's `x-helplightning-signature: sha256=<hex>`: HMAC-SHA256 of the raw body under HLSERVER_WEBHOOK_SECRET. */
export const helpLightningSignature: Proof = {
  expectation: 'x-helplightning-signature, made with HLSERVER_WEBHOOK_SECRET',
  async check({ headers, rawBody }) {
    const given = headers['x-helplightning-signature']
    if (given === undefined) return null
    const { HLSERVER_WEBHOOK_SECRET } = await getSettings('HLSERVER_WEBHOOK_SECRET')
    if (!HLSERVER_WEBHOOK_SECRET) {
      throw new Problem('provider_not_configured', 'HLSERVER_WEBHOOK_SECRET is not set: see the README, Settings.')
    }
    const made = createHmac('sha256', HLSERVER_WEBHOOK_SECRET).update(rawBody).digest()
    const sent = Buffer.from(/^sha256=([0-9a-f]{64})$/i.exec(given.trim())?.[1] ?? '', 'hex')
    if (sent.length !== made.length || !timingSafeEqual(sent, made)) {
      throw new Problem('credentials_invalid', 'The signature does not belong to this body.')
    }
    return { caller: Promise.resolve(caller('webhook', SHARED_CLIENT)) }
  },
}
