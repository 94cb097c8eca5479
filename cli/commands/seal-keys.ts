import type { Command } from 'commander'
import { keyId } from '../../lib/crypto/encryption.ts'
import { randomSecret } from '../../lib/crypto/secrets.ts'
import { type CommandOutput, noOptions, runCommand, type StageOptions } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { withProgress } from '../support/progress.ts'
import { CACHED_MINUTES, sealKeyStore } from '../support/seal-key-store.ts'
import { useTables } from '../support/stage.ts'
import { table } from '../support/text.ts'

export function addSealKeys(program: Command): void {
  const sealKeys = program
    .command('seal-keys')
    .description('the keys that encrypt values in the tables: add a key, promote it, run reseal, remove the old key')

  const list = sealKeys.command('list').description('show the ids of the keys, and which one encrypts')
  runCommand(list, ['seal-keys list', 'seal-keys list --stage prod'], noOptions, async (where) =>
    toOutput((await sealKeyStore(where).read()).keys),
  )

  const add = sealKeys
    .command('add')
    .description(`add a new key, which only decrypts. Promote it after ${CACHED_MINUTES} minutes`)
  runCommand(add, ['seal-keys add', 'seal-keys add --stage prod'], noOptions, (where) =>
    change(where, 0, (keys) => [...keys, randomSecret()]),
  )

  const promote = sealKeys
    .command('promote')
    .description(`encrypt with this key. Run reseal after ${CACHED_MINUTES} minutes`)
    .argument('<key-id>', 'the id that seal-keys list shows')
  runCommand(
    promote,
    ['seal-keys promote 3f0c9a1b2d4e', 'seal-keys promote 3f0c9a1b2d4e --stage prod'],
    noOptions,
    (where, _options, [id = '']) =>
      change(where, CACHED_MINUTES, (keys) => {
        const key = findKey(keys, id)
        return [key, ...keys.filter((other) => other !== key)]
      }),
  )

  const remove = sealKeys
    .command('remove')
    .description('remove a key that has encrypted no stored value; fails while there are such values')
    .argument('<key-id>', 'the id that seal-keys list shows')
  runCommand(
    remove,
    ['seal-keys remove 3f0c9a1b2d4e', 'seal-keys remove 3f0c9a1b2d4e --stage prod'],
    noOptions,
    async (where, _options, [id = '']) => {
      await useTables(where, ['SEAL_KEY', 'SEAL_KEYS'])
      const before = await sealKeyStore(where).read()
      const key = findKey(before.keys, id)
      if (key === before.keys[0]) throw new CommandError('This key encrypts new values: promote another key first.')
      requireSettled(before, CACHED_MINUTES)
      // The search may outlast the lock, so it comes first.
      await requireUnused(key)
      return change(where, 0, (keys) => {
        if (keys.join() !== before.keys.join()) throw new CommandError('The keys have changed meanwhile: try again.')
        return keys.filter((other) => other !== key)
      })
    },
  )
}

const idOf = (key: string): string => keyId(Buffer.from(key, 'base64url'))

function findKey(keys: readonly string[], id: string): string {
  const key = keys.find((candidate) => idOf(candidate) === id)
  if (key === undefined) throw new CommandError('There is no such key: seal-keys list shows all of them.')
  return key
}

/** Throws if the last change is younger, so that functions may not know it. */
function requireSettled({ changedAt }: { changedAt: number }, minutes: number): void {
  const from = changedAt + minutes * 60_000
  if (from <= Date.now()) return
  throw new CommandError(
    `Functions may still use the keys of before: repeat this after ${new Date(from).toISOString()}.`,
  )
}

/** Changes the keys, while no other command does. The last change must be at least `minutes` old. */
async function change(
  where: StageOptions,
  minutes: number,
  toKeys: (keys: readonly string[]) => readonly string[],
): Promise<CommandOutput> {
  const store = sealKeyStore(where)
  return store.alone(async () => {
    const before = await store.read()
    requireSettled(before, minutes)
    const changed = toKeys(before.keys)
    await store.write(changed)
    return toOutput(changed)
  })
}

function toOutput(keys: readonly string[]): CommandOutput {
  const rows = keys.map((key, index) => ({ key_id: idOf(key), use: index === 0 ? 'encrypts' : 'decrypts' }))
  return { json: { keys: rows }, text: table(['key_id', 'use'], rows, 'There are no keys.') }
}

/** Throws if the key has encrypted a value in the tables. */
async function requireUnused(key: string): Promise<void> {
  const { countItems, countValuesOf } = await import('../support/sealed-values.ts')
  const { retryDuringOutages } = await import('../../lib/dynamodb/retry-during-outages.ts')
  retryDuringOutages()
  const task = { what: 'Searching', total: await countItems(), unit: 'items' }
  const counts = await withProgress(task, (at) => countValuesOf(Buffer.from(key, 'base64url'), at))
  if (counts.size === 0) return
  const kinds = [...counts].map(([kind, count]) => `${count} (${kind})`).join(', ')
  throw new CommandError(`This key has encrypted stored values: ${kinds}. Run reseal first.`)
}
