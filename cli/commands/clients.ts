import type { Command } from 'commander'
import type { ClientRecord } from '../../lib/clients/store.ts'
import { MIN_SALT_CHARACTERS } from '../../lib/crypto/checksums.ts'
import { encryptedBytes } from '../../lib/crypto/encryption.ts'
import { CLIENT_ARGUMENT, resolveClientId, unknownClient } from '../support/clients.ts'
import { type CommandOutput, noOptions, runCommand, type StageOptions } from '../support/command.ts'
import { useTables } from '../support/stage.ts'
import { facts, table } from '../support/text.ts'
import { formatUploadOptions } from '../support/upload-options.ts'
import { addAttestationCommand } from './client-attestation.ts'
import { addCallbackCommand } from './client-callbacks.ts'
import { addSecretCommands } from './client-secrets.ts'
import { addDeviceKeyCommands } from './device-keys.ts'
import { addSetCommand } from './set-client.ts'

/** The public members of a client, without digests and salts. */
const toListEntry = ({
  client_id,
  name,
  kind,
  scope,
  dpop_bound,
  status,
  created_at,
  secrets,
  upload,
}: ClientRecord) => ({
  client_id,
  name: name ?? null,
  kind,
  scope,
  dpop_bound: dpop_bound ?? false,
  status,
  created_at,
  secrets: secrets.length,
  upload: upload ?? null,
})

const yesOrNone = (isTrue: boolean): 'yes' | undefined => (isTrue ? 'yes' : undefined)

const toDetails = (client: ClientRecord) => ({
  ...toListEntry(client),
  callback_url: client.callback_url,
  callback_urls: client.callback_urls ?? [],
  audience: client.audience ?? [],
  attestation: client.attestation ?? null,
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

export function addClients(program: Command): void {
  const clients = program.command('clients').description('the apps that may request auth tokens')

  const list = clients.command('list').description('show all clients, the newest first')
  runCommand(list, ['clients list', 'clients list --stage prod --json'], noOptions, async (where) => {
    await useTables(where)
    const { listClients } = await import('../../lib/clients/store-admin.ts')
    const entries = (await listClients()).map(toListEntry)
    return {
      json: { clients: entries },
      text: table(
        ['client_id', 'name', 'kind', 'scope', 'dpop_bound', 'status', 'created_at', 'secrets', 'upload'],
        entries.map((entry) => ({
          ...entry,
          dpop_bound: yesOrNone(entry.dpop_bound),
          upload: formatUploadOptions(entry.upload),
        })),
        'There are no clients yet: clients create registers one.',
      ),
    }
  })

  const show = clients.command('show').description('show one client').argument('<client>', CLIENT_ARGUMENT)
  runCommand(
    show,
    ['clients show garden', 'clients show garden --stage prod --json'],
    noOptions,
    async (where, _options, [name = '']) => {
      await useTables(where)
      const id = await resolveClientId(name)
      const { findClient } = await import('../../lib/clients/store.ts')
      const client = await findClient(id)
      if (!client) throw unknownClient()
      const json = toDetails(client)
      const {
        salts,
        secrets,
        created_at,
        tokens_valid_after,
        warnings,
        callback_urls,
        audience,
        upload,
        attestation,
        ...others
      } = json
      const secretTexts = secrets.map(
        (secret) => `created ${secret.created_at}${secret.expires_at === null ? '' : `, expires ${secret.expires_at}`}`,
      )
      const text = secretTexts.join('; ') || 'none'
      return {
        json,
        text: facts({
          ...others,
          dpop_bound: yesOrNone(others.dpop_bound),
          callback_urls: callback_urls.length > 0 ? callback_urls : undefined,
          audience: audience.length > 0 ? audience : undefined,
          attestation: attestation ? JSON.stringify(attestation) : undefined,
          upload: formatUploadOptions(upload),
          created_at,
          tokens_valid_after,
          secrets: text,
          'device keys': salts,
          warning: warnings[0],
        }),
      }
    },
  )

  addSecretCommands(clients)
  addDeviceKeyCommands(clients)
  addCallbackCommand(clients)
  addSetCommand(clients)
  addAttestationCommand(clients)

  for (const [name, status, description] of [
    ['disable', 'disabled', 'revoke the tokens of a client, and reject its token requests and its devices'],
    ['enable', 'active', 'accept a disabled client again'],
  ] as const) {
    const command = clients.command(name).description(description).argument('<client>', CLIENT_ARGUMENT)
    const examples = [`clients ${name} garden`, `clients ${name} garden --stage prod`] as const
    runCommand(command, examples, noOptions, (where, _options, [client = '']) => setStatus(where, client, status))
  }

  const revokeTokens = clients
    .command('revoke-tokens')
    .description('revoke every token that was issued to a client, and end its shares; it may request new tokens')
    .argument('<client>', CLIENT_ARGUMENT)
  runCommand(
    revokeTokens,
    ['clients revoke-tokens garden', 'clients revoke-tokens garden --stage prod'],
    noOptions,
    async (where, _options, [name = '']) => {
      await useTables(where)
      const id = await resolveClientId(name)
      const { revokeClientTokens } = await import('../../lib/clients/store-admin.ts')
      const now = Date.now()
      if (!(await revokeClientTokens(id, now))) throw unknownClient()
      const tokens_valid_after = new Date(now).toISOString()
      return {
        json: { client_id: id, tokens_valid_after },
        text: `Tokens that were issued to client ${id} before ${tokens_valid_after} are revoked.`,
      }
    },
  )
}

async function setStatus(where: StageOptions, name: string, status: ClientRecord['status']): Promise<CommandOutput> {
  await useTables(where)
  const id = await resolveClientId(name)
  const { setClientStatus } = await import('../../lib/clients/store-admin.ts')
  if (!(await setClientStatus(id, status))) throw unknownClient()
  return { json: { client_id: id, status }, text: `Client ${id} is ${status}.` }
}
