import type { Command } from 'commander'
import * as z from 'zod'
import { facts, noOptions, runCommand, table } from '../support/command.ts'
import { useTables } from '../support/stage.ts'

const addOptions = z.object({ name: z.string(), salt: z.string().optional() })

/** The commands about the salts of a client. A salt is printed once. */
export function addDeviceKeyCommands(clients: Command): void {
  const list = clients
    .command('keys')
    .description('show the device keys of a client; a last use is accurate to an hour')
    .argument('<id>', 'its client_id')
  runCommand(list, noOptions, async (where, _options, [id = '']) => {
    await useTables(where, ['SEAL_KEY', 'SEAL_KEYS'])
    const { listDeviceKeys } = await import('../../lib/clients/device-keys.ts')
    const keys = await listDeviceKeys(id)
    return { json: { keys }, text: table(['key_id', 'name', 'created_at', 'last_used_at'], keys) }
  })

  const add = clients
    .command('add-key')
    .description('add a device key to a client; its salt is printed only now; the other keys stay valid')
    .argument('<id>', 'its client_id')
    .requiredOption('--name <name>', 'a name for people, such as that of the device')
    .option('--salt <salt>', 'the salt of a device that cannot change it (default: a random one)')
  runCommand(add, addOptions, async (where, options, [id = '']) => {
    await useTables(where, ['SEAL_KEY', 'SEAL_KEYS', 'CHECKSUM_SALTS'])
    const { createDeviceKey, newDeviceKey } = await import('../../lib/clients/device-keys.ts')
    const { parseOrThrow } = await import('../../lib/http/input.ts')
    const key = await createDeviceKey(id, parseOrThrow(newDeviceKey, options), Date.now())
    return { json: { client_id: id, ...key }, text: facts({ client_id: id, ...key }) }
  })

  const remove = clients
    .command('remove-key')
    .description('remove a device key; the next request with it is rejected')
    .argument('<id>', 'its client_id')
    .argument('<key-id>', 'the key_id that clients keys shows')
  runCommand(remove, noOptions, async (where, _options, [id = '', keyId = '']) => {
    await useTables(where, ['SEAL_KEY', 'SEAL_KEYS'])
    const { removeDeviceKey } = await import('../../lib/clients/device-keys.ts')
    await removeDeviceKey(id, keyId)
    return { json: { client_id: id, key_id: keyId }, text: `The key ${keyId} of client ${id} is removed.` }
  })
}
