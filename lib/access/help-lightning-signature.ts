import { createHmac, timingSafeEqual } from 'node:crypto'
import { settingsMissing } from '../config/config-error.ts'
import { getSettings } from '../config/settings.ts'
import type { WebhookCaller } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { knownCaller, type Proof } from './proof.ts'

/** `x-helplightning-signature: sha256=<hex>`, the HMAC-SHA256 of the raw body under HLSERVER_WEBHOOK_SECRET. */
export const helpLightningSignature: Proof<WebhookCaller> = {
  expectation: 'x-helplightning-signature, made with HLSERVER_WEBHOOK_SECRET',
  async check({ headers, rawBody }) {
    const header = headers['x-helplightning-signature']
    if (header === undefined) return null
    const { HLSERVER_WEBHOOK_SECRET } = await getSettings('HLSERVER_WEBHOOK_SECRET')
    if (!HLSERVER_WEBHOOK_SECRET) throw settingsMissing('HLSERVER_WEBHOOK_SECRET')
    const expected = createHmac('sha256', HLSERVER_WEBHOOK_SECRET).update(rawBody).digest()
    const signature = Buffer.from(/^sha256=([0-9a-f]{64})$/i.exec(header.trim())?.[1] ?? '', 'hex')
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) throw wrongSignature()
    return knownCaller({ kind: 'webhook' })
  },
}

export const wrongSignature = () =>
  new Problem('credentials_invalid', 'x-helplightning-signature does not match the body.')
