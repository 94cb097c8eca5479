import { isUtf8 } from 'node:buffer'
import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { retryAfterSeconds } from '../providers/retry-after.ts'
import { ADDRESS_NOT_PUBLIC, post } from './post.ts'
import { connectionError, isTimeout, type OutgoingEvent, type SendFailure, sendFailure } from './send-failure.ts'

/** The type of an event is from its body, and servers limit their headers. */
const TYPE_CHARACTERS = 256

/**
 * Posts an event to the team's own backend. It is signed with each secret, by Standard Webhooks (standardwebhooks.com), so
 * that one can replace another. On a deployed stage, only https and public addresses are accepted. Redirects are failures.
 * Throws a problem unless the status is 2xx by `deadline` (UNIX milliseconds). Its facts have a status and a reason, never
 * what was sent or received.
 */
export async function sendToTarget(
  event: OutgoingEvent,
  target: string,
  secrets: readonly string[],
  deadline: number,
): Promise<void> {
  const failure = (code: SendFailure, facts: Record<string, string | number | undefined>) =>
    sendFailure(code, `The target of ${event.provider}`, { provider: event.provider, operation: 'target', ...facts })
  const headers = headersOf(event, secrets, new Date())
  const url = new URL(target)
  const { STAGE } = await getSettings('STAGE')
  const isLocal = STAGE === 'local'
  if (!isLocal && url.protocol !== 'https:') throw failure('provider_refused', { reason: 'not_https' })
  const timeoutMs = Math.ceil(deadline - Date.now())
  if (timeoutMs <= 0) throw failure('provider_timeout', {})
  const { status, retryAfter } = await post(url, { headers, body: event.body, publicOnly: !isLocal, timeoutMs }).catch(
    (error: unknown) => {
      if (isTimeout(error)) throw failure('provider_timeout', {})
      const reason = connectionError(error)
      throw failure(reason === ADDRESS_NOT_PUBLIC ? 'provider_refused' : 'provider_unavailable', { reason })
    },
  )
  if (status >= 200 && status < 300) return
  const isTemporary = status >= 500 || status === 408 || status === 425 || status === 429
  throw failure(isTemporary ? 'provider_unavailable' : 'provider_refused', {
    status,
    reason: reasonOf(status),
    retryAfterSeconds: retryAfterSeconds(retryAfter, Date.now()),
  })
}

function reasonOf(status: number): string | undefined {
  if (status >= 300 && status < 400) return 'redirect'
  // By Standard Webhooks: the recipient does not want further events.
  return status === 410 ? 'gone' : undefined
}

function headersOf(event: OutgoingEvent, secrets: readonly string[], now: Date): Record<string, string> {
  const id = headerText(event.id)
  const type = headerText((event.type ?? '').slice(0, TYPE_CHARACTERS))
  return {
    'content-type': headerText(event.contentType) || 'application/json',
    'user-agent': 'latchkey',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': signatures(event, secrets, id, now),
    'x-latchkey-provider': headerText(event.provider),
    ...(type !== '' && { 'x-latchkey-type': type }),
  }
}

/** A header accepts ASCII only: other characters are percent-encoded, and so are line breaks. */
const headerText = (text: string): string =>
  text
    .toWellFormed()
    .trim()
    .replace(/[^\x20-\x7e]/gu, encodeURIComponent)

function signatures({ provider, body }: OutgoingEvent, secrets: readonly string[], id: string, now: Date): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const sign = (secret: string): string => {
    const webhook = webhookOf(secret, provider)
    // The library signs texts. Other bytes would change when it decodes them.
    if (isUtf8(bytes)) return webhook.sign(id, now, bytes.toString())
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    const head = `${id}.${Math.floor(now.getTime() / 1000)}.`
    return `v1,${createHmac('sha256', key).update(head).update(bytes).digest('base64')}`
  }
  if (secrets.length === 0) throw noSecret(provider, 'is missing')
  return secrets.map(sign).join(' ')
}

function webhookOf(secret: string, provider: string): Webhook {
  try {
    return new Webhook(secret)
  } catch {
    throw noSecret(provider, 'must be base64, after whsec_')
  }
}

const noSecret = (provider: string, fault: string) =>
  new Problem('provider_not_configured', `The secret of the target of ${provider} ${fault}. The operator must set it.`)
