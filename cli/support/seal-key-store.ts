import { writeSecrets } from '../../dev/secrets-file.ts'
import { validateSetting } from '../../lib/config/settings-table.ts'
import type { StageOptions } from './command.ts'
import { CommandError } from './error-message.ts'
import { checkParameterSize } from './key-set.ts'
import { withLock } from './key-store.ts'
import { parameterStore } from './parameter-store.ts'
import { localFolder, localSecrets, requireStoredSecrets, useRegion } from './stage.ts'

/** Functions cache keys for five minutes, or longer if Parameter Store does not respond. */
export const CACHED_MINUTES = 15

/** The keys of a stage that encrypt stored values, as base64url. The first encrypts, all decrypt. */
interface SealKeys {
  keys: string[]
  /** UNIX milliseconds of the last change. Functions may use the keys of before for five minutes. */
  changedAt: number
}

export interface SealKeyStore {
  read(): Promise<SealKeys>
  write(keys: readonly string[]): Promise<void>
  /** Runs while no other command changes the keys. */
  alone<T>(run: () => Promise<T>): Promise<T>
}

export function sealKeyStore(where: StageOptions): SealKeyStore {
  useRegion(where)
  return where.stage === 'local' ? localKeys() : deployedKeys(where.stage)
}

/** Splits SEAL_KEYS, which replaces SEAL_KEY. Throws if one is missing or invalid. */
function parseKeys(SEAL_KEY: string | undefined, SEAL_KEYS: string | undefined): string[] {
  if (SEAL_KEY === undefined) {
    throw new CommandError('There is no SEAL_KEY here yet: npx latchkey setup creates it.')
  }
  const issue = validateSetting('SEAL_KEYS', SEAL_KEYS || SEAL_KEY)
  if (issue !== null) throw new CommandError(`SEAL_KEYS ${issue}.`)
  return (SEAL_KEYS || SEAL_KEY).split(',').map((key) => key.trim())
}

const localKeys = (): SealKeyStore => ({
  async read() {
    const { SEAL_KEY, SEAL_KEYS } = (await localSecrets()) ?? {}
    // The local run reads a changed file at once.
    return { keys: parseKeys(SEAL_KEY, SEAL_KEYS), changedAt: 0 }
  },
  async write(keys) {
    const secrets = await localSecrets()
    if (secrets) await writeSecrets(localFolder(), { ...secrets, SEAL_KEYS: keys.join(',') })
  },
  async alone(run) {
    await requireStoredSecrets(['SEAL_KEY', 'SEAL_KEYS'])
    return run()
  },
})

function deployedKeys(stage: string): SealKeyStore {
  const store = parameterStore(stage)
  return {
    async read() {
      const parameters = await store.read(['SEAL_KEY', 'SEAL_KEYS'])
      const SEAL_KEYS = parameters.get('SEAL_KEYS')
      return {
        keys: parseKeys(parameters.get('SEAL_KEY')?.value, SEAL_KEYS?.value),
        changedAt: SEAL_KEYS?.modifiedAt ?? 0,
      }
    },
    async write(keys) {
      const text = keys.join(',')
      checkParameterSize('SEAL_KEYS', text)
      await store.put('SEAL_KEYS', text, { overwrite: true })
    },
    alone: (run) => withLock(store, run),
  }
}
