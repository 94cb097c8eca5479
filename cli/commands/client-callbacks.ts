import type { Command } from 'commander'
import { unknownClient } from '../support/clients.ts'
import { noOptions, runCommand } from '../support/command.ts'
import { useTables } from '../support/stage.ts'

/** The command that replaces the callback URLs of a client. */
export function addCallbackCommand(clients: Command): void {
  const command = clients
    .command('set-callbacks')
    .description('replace the callback URLs of a client; the first one is the default')
    .argument('<id>', 'its client_id')
    .argument('<url...>', 'where /token redirects the app’s user to')
  runCommand(command, noOptions, async (where, _options, [id = '', ...urls]) => {
    await useTables(where)
    const { parseCallbackUrls, registration } = await import('../../lib/clients/registration.ts')
    const { getSettings } = await import('../../lib/config/settings.ts')
    const { parseOrThrow } = await import('../../lib/http/input.ts')
    const { findClient } = await import('../../lib/clients/store.ts')
    const { setClientCallbacks } = await import('../../lib/clients/store-admin.ts')
    const client = await findClient(id)
    if (!client) throw unknownClient()
    const { STAGE } = await getSettings('STAGE')
    const [callback_url, ...callback_urls] = urls
    const texts = parseOrThrow(registration, { callback_url, callback_urls })
    const all = [texts.callback_url, ...(texts.callback_urls ?? [])]
    const callbacks = parseCallbackUrls(all, client.kind, STAGE !== 'local')
    if (!(await setClientCallbacks(id, callbacks))) throw unknownClient()
    const json = { client_id: id, callback_url: callbacks.callback_url, callback_urls: callbacks.callback_urls ?? [] }
    return {
      json,
      text: `Client ${id} has the callback URLs ${[json.callback_url, ...json.callback_urls].join(', ')}.`,
    }
  })
}
