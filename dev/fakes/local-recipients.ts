import * as z from 'zod'
import { parseJsonOrUndefined } from '../../lib/core/json.ts'

const entries = z.record(z.string(), z.record(z.string(), z.unknown()))

/**
 * Returns the entries of webhooks.yml, as JSON, with a target at `url` and a bus for each that has neither in the local run.
 * Other texts are returned unchanged.
 */
export function withRecipients(webhooks: string, url: string): string {
  const { data } = entries.safeParse(parseJsonOrUndefined(webhooks))
  if (!data) return webhooks
  const all = Object.entries(data).map(([name, entry]) => {
    const hasOwn = entry['target'] !== undefined || entry['bus'] !== undefined
    return [name, hasOwn ? entry : { ...entry, target: url, bus: 'local' }]
  })
  return JSON.stringify(Object.fromEntries(all))
}
