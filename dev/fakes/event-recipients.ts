import { startEventBus } from './event-bus.ts'
import { startEventTarget } from './event-target.ts'
import type { WalkThrough } from './fakes.ts'
import { withRecipients } from './local-recipients.ts'

export interface EventRecipients {
  /** Settings that direct Latchkey to the fake bus. */
  settings: Record<string, string>
  targetUrl: string
  /** The command that shows what the fake target received, if entries of `webhooks` send events to it. */
  walkThroughs(webhooks: string): WalkThrough[]
  /**
   * Returns the entries, as JSON, with the fakes as recipients. An entry with a target or a bus for the local run is not
   * changed.
   */
  addTo(webhooks: string): string
}

/**
 * Starts a fake backend and a fake event bus, which print what they receive. `secretsOf` returns the secrets of a
 * provider's target.
 */
export async function startEventRecipients(
  secretsOf: (provider: string) => readonly string[],
  print: (line: string) => void,
): Promise<EventRecipients> {
  const target = await startEventTarget(secretsOf, print)
  const bus = await startEventBus(print)
  const addTo = (webhooks: string) => withRecipients(webhooks, target.url)
  return {
    settings: { AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url },
    targetUrl: target.url,
    walkThroughs: (webhooks) => {
      const title = 'Show the events that a fake target has received from the providers of webhooks.yml'
      return addTo(webhooks).includes(`"${target.url}"`) ? [{ title, needs: [], lines: [`curl ${target.url}`] }] : []
    },
    addTo,
  }
}
