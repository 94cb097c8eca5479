import type { Command } from 'commander'
import * as z from 'zod'
import { CLIENT_ARGUMENT, resolveClientId } from '../support/clients.ts'
import { noOptions, runCommand } from '../support/command.ts'
import { useTables } from '../support/stage.ts'
import { facts, table } from '../support/text.ts'

const addOptions = z.object({ name: z.string(), salt: z.string().optional() })

/** The commands about the salts of a client. A salt is printed once. */
export function addDeviceKeyCommands(clients: Command): void {
  const list = clients
    .command('keys')
    .description('show the device keys of a client; a last use is accurate to an hour')
    .argument('<client>', CLIENT_ARGUMENT)
  runCommand(
    list,
    ['clients keys garden', 'clients keys garden --stage prod'],
    noOptions,
    async (where, _options, [name = '']) => {
      await useTables(where, ['SEAL_KEY', 'SEAL_KEYS'])
      const id = await resolveClientId(name)
      const { listDeviceKeys } = await import('../../lib/clients/device-keys.ts')
      const keys = await listDeviceKeys(id)
      return {
        json: { keys },
        text: table(
          ['key_id', 'name', 'created_at', 'last_used_at'],
          keys,
          'The client has no device keys: clients add-key adds one.',
        ),
      }
    },
  )

  const add = clients
    .command('add-key')
    .description('add a device key to a client; its salt is printed only now; the other keys stay valid')
    .argument('<client>', CLIENT_ARGUMENT)
    .requiredOption('--name <name>', 'a name for people, such as that of the device')
    .option('--salt <salt>', 'the salt of a device that cannot change it (default: a random one)')
  const addExamples = ['clients add-key garden --name roof', 'clients add-key garden --name roof --stage prod'] as const
  runCommand(add, addExamples, addOptions, async (where, options, [name = '']) => {
    await useTables(where, ['SEAL_KEY', 'SEAL_KEYS', 'CHECKSUM_SALTS'])
    const id = await resolveClientId(name)
    const { createDeviceKey, newDeviceKey } = await import('../../lib/clients/device-keys.ts')
    const { parseOrThrow } = await import('../../lib/http/input.ts')
    const key = await createDeviceKey(id, parseOrThrow(newDeviceKey, options), Date.now())
    return { json: { client_id: id, ...key }, text: facts({ client_id: id, ...key }) }
  })

  const remove = clients
    .command('remove-key')
    .description('remove a device key; the next request with it is rejected')
    .argument('<client>', CLIENT_ARGUMENT)
    .argument('<key-id>', 'the key_id that clients keys shows')
  const removeExamples = [
    'clients remove-key garden 5f0c2d9a',
    'clients remove-key garden 5f0c2d9a --stage prod',
  ] as const
  runCommand(remove, removeExamples, noOptions, async (where, _options, [name = '', keyId = '']) => {
    await useTables(where, ['SEAL_KEY', 'SEAL_KEYS'])
    const id = await resolveClientId(name)
    const { removeDeviceKey } = await import('../../lib/clients/device-keys.ts')
    await removeDeviceKey(id, keyId)
    return { json: { client_id: id, key_id: keyId }, text: `The key ${keyId} of client ${id} is removed.` }
  })
}
