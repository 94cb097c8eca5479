import type { Command } from 'commander'
import * as z from 'zod'
import type { ClientRecord } from '../../lib/clients/store.ts'
import { MIN_SALT_CHARACTERS } from '../../lib/crypto/checksums.ts'
import { encryptedBytes } from '../../lib/crypto/encryption.ts'
import { unknownClient } from '../support/clients.ts'
import { type CommandOutput, facts, noOptions, runCommand, type StageOptions, table } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'
import { addSecretCommands, splitNames } from './client-secrets.ts'
import { addDeviceKeyCommands } from './device-keys.ts'

/** The public members of a client, without digests and salts. */
const toListEntry = ({ client_id, name, kind, scope, status, created_at, secrets }: ClientRecord) => ({
  client_id,
  name: name ?? null,
  kind,
  scope,
  status,
  created_at,
  secrets: secrets.length,
})

const toDetails = (client: ClientRecord) => ({
  ...toListEntry(client),
  callback_url: client.callback_url,
  audience: client.audience ?? [],
  tokens_valid_after: client.tokens_valid_after ?? null,
  salts: client.salts.length,
  warnings: saltWarnings(client),
  secrets: client.secrets.map(({ created_at, expires_at }) => ({ created_at, expires_at: expires_at ?? null })),
})

/** A salt that was registered before salts had a minimum length stays valid, so that its devices can upload. */
function saltWarnings({ salts }: ClientRecord): string[] {
  const short = salts.filter((salt) => encryptedBytes(salt) < MIN_SALT_CHARACTERS).length
  if (short === 0) return []
  const subject = short === 1 ? '1 salt has' : `${short} salts have`
  return [
    `${subject} fewer than ${MIN_SALT_CHARACTERS} characters and can be guessed: replace it with clients add-key and clients remove-key.`,
  ]
}

const setOptions = z.object({ scope: z.string().optional(), audience: z.string().optional() })

export function addClients(program: Command): void {
  const clients = program.command('clients').description('the apps that may request auth tokens')

  const list = clients.command('list').description('show all clients, the newest first')
  runCommand(list, noOptions, async (where) => {
    await useTables(where)
    const { listClients } = await import('../../lib/clients/store-admin.ts')
    const entries = (await listClients()).map(toListEntry)
    return {
      json: { clients: entries },
      text: table(['client_id', 'name', 'kind', 'scope', 'status', 'created_at', 'secrets'], entries),
    }
  })

  const show = clients.command('show').description('show one client').argument('<id>', 'its client_id')
  runCommand(show, noOptions, async (where, _options, [id = '']) => {
    await useTables(where)
    const { findClient } = await import('../../lib/clients/store.ts')
    const client = await findClient(id)
    if (!client) throw unknownClient()
    const json = toDetails(client)
    const { salts, secrets, created_at, tokens_valid_after, warnings, ...others } = json
    const secretTexts = secrets.map(
      (secret) => `created ${secret.created_at}${secret.expires_at === null ? '' : `, expires ${secret.expires_at}`}`,
    )
    const text = secretTexts.join('; ') || 'none'
    return {
      json,
      text: facts({
        ...others,
        created_at,
        tokens_valid_after,
        secrets: text,
        'device keys': salts,
        warning: warnings[0],
      }),
    }
  })

  addSecretCommands(clients)
  addDeviceKeyCommands(clients)
  const set = clients
    .command('set')
    .description('replace the scopes or audiences of a client; the tokens that it already has keep theirs')
    .argument('<id>', 'its client_id')
    .option('--scope <scope>', 'scopes separated by spaces, in quotes')
    .option('--audience <audience>', 'services, besides Latchkey, that its tokens can be for, separated by spaces')
  runCommand(set, setOptions, (where, options, [id = '']) => setClient(where, id, options))

  for (const [name, status, description] of [
    ['disable', 'disabled', 'revoke the tokens of a client, and reject its token requests and its devices'],
    ['enable', 'active', 'accept a disabled client again'],
  ] as const) {
    const command = clients.command(name).description(description).argument('<id>', 'its client_id')
    runCommand(command, noOptions, (where, _options, [id = '']) => setStatus(where, id, status))
  }

  const revokeTokens = clients
    .command('revoke-tokens')
    .description('revoke every token that was issued to a client; it may request new ones')
    .argument('<id>', 'its client_id')
  runCommand(revokeTokens, noOptions, async (where, _options, [id = '']) => {
    await useTables(where)
    const { revokeClientTokens } = await import('../../lib/clients/store-admin.ts')
    const now = Date.now()
    if (!(await revokeClientTokens(id, now))) throw unknownClient()
    const tokens_valid_after = new Date(now).toISOString()
    return {
      json: { client_id: id, tokens_valid_after },
      text: `Tokens that were issued to client ${id} before ${tokens_valid_after} are revoked.`,
    }
  })
}

async function setClient(
  where: StageOptions,
  id: string,
  options: z.output<typeof setOptions>,
): Promise<CommandOutput> {
  if (options.scope === undefined && options.audience === undefined) {
    throw new CommandError('Set --scope, --audience or both.')
  }
  await useTables(where)
  const { audienceList, rejectReservedScopes, scopeText } = await import('../../lib/clients/registration.ts')
  const { parseOrThrow } = await import('../../lib/http/input.ts')
  const { findClient } = await import('../../lib/clients/store.ts')
  const { setClientAudience, setClientScope } = await import('../../lib/clients/store-admin.ts')
  const { scope, audience } = parseOrThrow(
    z.object({ scope: z.optional(scopeText), audience: z.optional(audienceList) }),
    { scope: options.scope, audience: options.audience === undefined ? undefined : splitNames(options.audience) },
  )
  const client = await findClient(id)
  if (client) rejectReservedScopes(client.kind, scope ?? [])
  const isSet =
    client && (!scope || (await setClientScope(id, scope))) && (!audience || (await setClientAudience(id, audience)))
  if (!isSet) throw unknownClient()
  const changes = [
    ...(scope ? [`Client ${id} has the scope ${scope.join(' ')}.`] : []),
    ...(audience
      ? [
          `Client ${id} has ${audience.length > 0 ? `the audience ${audience.join(' ')}` : 'no audience besides Latchkey'}.`,
        ]
      : []),
  ]
  return {
    json: { client_id: id, ...(scope && { scope }), ...(audience && { audience }) },
    text: `${changes.join(' ')} Tokens that it already has keep theirs: clients revoke-tokens revokes them.`,
  }
}

async function setStatus(where: StageOptions, id: string, status: ClientRecord['status']): Promise<CommandOutput> {
  await useTables(where)
  const { setClientStatus } = await import('../../lib/clients/store-admin.ts')
  if (!(await setClientStatus(id, status))) throw unknownClient()
  return { json: { client_id: id, status }, text: `Client ${id} is ${status}.` }
}
