import type { Command } from 'commander'
import type { ClientRecord } from '../../lib/clients/store.ts'
import { type CommandOutput, facts, noOptions, runCommand, type StageOptions, table } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'
import { addSecretCommands } from './client-secrets.ts'

export const unknownClient = (): CommandError =>
  new CommandError('There is no such client: clients list shows which there are.')

/** What anybody may see of a client: no digest, no salt. */
const listed = ({ client_id, name, kind, scope, status, created_at, secrets }: ClientRecord) => ({
  client_id,
  name: name ?? null,
  kind,
  scope,
  status,
  created_at,
  secrets: secrets.length,
})

const shown = (client: ClientRecord) => ({
  ...listed(client),
  callback_url: client.callback_url,
  tokens_valid_after: client.tokens_valid_after ?? null,
  salts: client.salts.length,
  secrets: client.secrets.map(({ created_at, expires_at }) => ({ created_at, expires_at: expires_at ?? null })),
})

export function addClients(program: Command): void {
  const clients = program.command('clients').description('the apps that may ask for auth tokens')

  const list = clients.command('list').description('show all clients, the newest first')
  runCommand(list, noOptions, async (where) => {
    await useTables(where)
    const { listClients } = await import('../../lib/clients/store-admin.ts')
    const found = (await listClients()).map(listed)
    return {
      json: { clients: found },
      text: table(
        ['client_id', 'name', 'kind', 'scope', 'status', 'created_at', 'secrets'],
        found.map((each) => [
          each.client_id,
          each.name ?? '-',
          each.kind,
          each.scope.join(' '),
          each.status,
          each.created_at,
          String(each.secrets),
        ]),
      ),
    }
  })

  const show = clients.command('show').description('show one client').argument('<id>', 'its client_id')
  runCommand(show, noOptions, async (where, _options, [id = '']) => {
    await useTables(where)
    const { findClient } = await import('../../lib/clients/store.ts')
    const client = await findClient(id)
    if (!client) throw unknownClient()
    const json = shown(client)
    const secrets = json.secrets.map(
      ({ created_at, expires_at }) => `made ${created_at}${expires_at === null ? '' : `, counts until ${expires_at}`}`,
    )
    return {
      json,
      text: facts({
        client_id: json.client_id,
        name: json.name ?? undefined,
        kind: json.kind,
        scope: json.scope.join(' '),
        status: json.status,
        callback_url: json.callback_url,
        created_at: json.created_at,
        tokens_valid_after: json.tokens_valid_after ?? undefined,
        secrets: secrets.length === 0 ? 'none' : secrets.join('; '),
        'salts of its own': String(json.salts),
      }),
    }
  })

  addSecretCommands(clients)
  for (const [name, status, description] of [
    ['disable', 'disabled', 'give a client no more tokens, and end those it has, and its checksum uploads, at once'],
    ['enable', 'active', 'let a disabled client work again'],
  ] as const) {
    const command = clients.command(name).description(description).argument('<id>', 'its client_id')
    runCommand(command, noOptions, (where, _options, [id = '']) => setStatus(where, id, status))
  }

  const revokeTokens = clients
    .command('revoke-tokens')
    .description('end every token that a client was given up to now; it may get new ones')
    .argument('<id>', 'its client_id')
  runCommand(revokeTokens, noOptions, async (where, _options, [id = '']) => {
    await useTables(where)
    const { revokeClientTokens } = await import('../../lib/clients/store-admin.ts')
    const now = Date.now()
    if (!(await revokeClientTokens(id, now))) throw unknownClient()
    const tokens_valid_after = new Date(now).toISOString()
    return {
      json: { client_id: id, tokens_valid_after },
      text: `Tokens that client ${id} was given until ${tokens_valid_after} count no more.`,
    }
  })
}

async function setStatus(where: StageOptions, id: string, status: ClientRecord['status']): Promise<CommandOutput> {
  await useTables(where)
  const { setClientStatus } = await import('../../lib/clients/store-admin.ts')
  if (!(await setClientStatus(id, status))) throw unknownClient()
  return { json: { client_id: id, status }, text: `Client ${id} is ${status}.` }
}
