import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { CommandError } from '../support/error-message.ts'

const clientMap = z.record(z.string(), z.looseObject({ callback_url: z.string() }))

/** Ids of the clients of a map, by the outcome of their registration. */
export interface RegisteredClients {
  registered: string[]
  there: string[]
  /** Registered before with another callback URL, which stays. */
  other_callback_url: string[]
  refused: { client_id: string; detail: string }[]
}

/** Reads the collector's dynamic_map.json: callback URLs by client ids. */
export async function readMap(path: string): Promise<Map<string, string>> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) throw new CommandError(`${path} cannot be read.`)
  try {
    return new Map(
      Object.entries(clientMap.parse(JSON.parse(text))).map(([id, { callback_url }]) => [id, callback_url]),
    )
  } catch {
    throw new CommandError(`${path} must be a JSON object of client ids, each with a callback_url.`)
  }
}

/** Registers public clients with scope `upload` and their former ids. Registered clients do not change. */
export async function registerClients(
  clients: ReadonlyMap<string, string>,
  { deployed, dryRun }: { deployed: boolean; dryRun: boolean },
): Promise<RegisteredClients> {
  const { checkCallbackUrl } = await import('../../lib/clients/callback-url.ts')
  const { registration } = await import('../../lib/clients/registration.ts')
  const { createClient, findClient } = await import('../../lib/clients/store.ts')
  const validate = (client_id: string, callback_url: string): { url: string } | { issue: string } => {
    if (!/^[0-9a-f]{32}$/.test(client_id)) return { issue: 'its id is not 32 hexadecimal digits' }
    const { error } = registration.shape.callback_url.safeParse(callback_url)
    const result = error ? { issue: error.issues[0]?.message ?? '' } : checkCallbackUrl(callback_url, deployed)
    return 'issue' in result ? { issue: `its callback_url ${result.issue}` } : result
  }
  const outcome: RegisteredClients = { registered: [], there: [], other_callback_url: [], refused: [] }
  for (const [client_id, callback_url] of clients) {
    const result = validate(client_id, callback_url)
    if ('issue' in result) {
      outcome.refused.push({ client_id, detail: result.issue })
      continue
    }
    const client = await findClient(client_id)
    if (client) outcome[client.callback_url === result.url ? 'there' : 'other_callback_url'].push(client_id)
    else {
      if (!dryRun) await createClient({ ...publicClient(client_id, result.url), created_at: new Date().toISOString() })
      outcome.registered.push(client_id)
    }
  }
  return outcome
}

const publicClient = (client_id: string, callback_url: string) => ({
  client_id,
  callback_url,
  kind: 'public' as const,
  scope: ['upload'],
  secrets: [],
  salts: [],
  status: 'active' as const,
})
