import { Webhook } from 'standardwebhooks'
import { plain } from '../plain-text.ts'
import { type Fake, type FakeCall, startFake } from './fake.ts'

/** An event that the target received. */
interface ReceivedEvent {
  provider: string
  type: string
  id: string
  received_at: string
  bytes: number
  signature: 'valid' | 'invalid'
  body: string
}

/** Only the last events are stored: a run can last for days. */
const MAX_EVENTS = 50

/**
 * Starts a backend that receives events. It verifies their signatures as Standard Webhooks has it, prints one line for
 * each, and responds to GET with the last 50, newest first. `secretsOf` returns the secrets of a provider's target.
 */
export async function startEventTarget(
  secretsOf: (provider: string) => readonly string[],
  print: (line: string) => void,
): Promise<Fake> {
  const events: ReceivedEvent[] = []
  const fake = await startFake((call) => {
    fake.calls.length = 0
    if (call.method === 'GET') return { status: 200, body: events }
    if (call.method !== 'POST') return { status: 405 }
    const event = toEvent(call, secretsOf)
    events.unshift(event)
    events.length = Math.min(events.length, MAX_EVENTS)
    const { provider, type, id, bytes, signature } = event
    print(plain(`Target: ${provider}, ${type}, ${id}, ${bytes} bytes, signature ${signature}`))
    return { status: signature === 'valid' ? 200 : 401 }
  })
  return fake
}

function toEvent({ headers, text }: FakeCall, secretsOf: (provider: string) => readonly string[]): ReceivedEvent {
  const provider = headers['x-latchkey-provider'] ?? ''
  return {
    provider,
    type: headers['x-latchkey-type'] ?? 'no type',
    id: headers['webhook-id'] ?? '',
    received_at: new Date().toISOString(),
    bytes: Number(headers['content-length']),
    signature: secretsOf(provider).some((secret) => isValid(secret, text, headers)) ? 'valid' : 'invalid',
    body: text,
  }
}

function isValid(secret: string, text: string, headers: FakeCall['headers']): boolean {
  const texts = Object.entries(headers).map(([name, value = '']) => [name, value])
  try {
    new Webhook(secret).verify(text, Object.fromEntries(texts), { jsonParse: false })
    return true
  } catch {
    return false
  }
}
