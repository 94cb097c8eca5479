import type { Command } from 'commander'
import { CLIENT_ARGUMENT, resolveClientId, unknownClient } from '../support/clients.ts'
import { noOptions, runCommand } from '../support/command.ts'
import { useTables } from '../support/stage.ts'

/** The command that replaces the callback URLs of a client. */
export function addCallbackCommand(clients: Command): void {
  const command = clients
    .command('set-callbacks')
    .description('replace the callback URLs of a client; the first one is the default')
    .argument('<client>', CLIENT_ARGUMENT)
    .argument('<url...>', 'where /token redirects the app’s user to')
  const examples = [
    'clients set-callbacks garden https://app.example.com/callback',
    'clients set-callbacks garden com.example.app:/callback http://localhost:8080/ --stage prod',
  ] as const
  runCommand(command, examples, noOptions, async (where, _options, [name = '', ...urls]) => {
    await useTables(where)
    const id = await resolveClientId(name)
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
