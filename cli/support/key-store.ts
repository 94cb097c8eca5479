import { writeSecrets } from '../../dev/secrets-file.ts'
import { publicHalves, secretSettings } from '../../lib/crypto/deployment-secrets.ts'
import type { StageOptions } from './command.ts'
import { CommandError } from './error-message.ts'
import { formatKeySet, type KeySet, parseKeySet } from './key-set.ts'
import { type ParameterStore, parameterStore } from './parameter-store.ts'
import { localFolder, localSecrets, requireStoredSecrets, useRegion } from './stage.ts'

/** The storage of a stage's signing keys. */
export interface KeyStore {
  read(): Promise<KeySet>
  write(keys: KeySet): Promise<void>
  /** Runs while no other command changes the keys: of two concurrent rotations, one would overwrite the key of the other. */
  alone<T>(run: () => Promise<T>): Promise<T>
}

export const keyStore = (where: StageOptions): KeyStore => {
  useRegion(where)
  return where.stage === 'local' ? localKeys() : deployedKeys(where.stage)
}

const localKeys = (): KeyStore => ({
  async read() {
    const secrets = await localSecrets()
    if (!secrets) throw new CommandError('There are no keys yet: npx latchkey setup creates them.')
    const { SIGNING_KEYS = '', VERIFICATION_KEYS = '' } = secretSettings(secrets)
    return parseKeySet({ SIGNING_KEYS, VERIFICATION_KEYS })
  },
  async write(SIGNING_KEYS) {
    const secrets = await localSecrets()
    if (secrets) await writeSecrets(localFolder(), { ...secrets, SIGNING_KEYS })
  },
  async alone(run) {
    await requireStoredSecrets(['SIGNING_KEYS', 'VERIFICATION_KEYS'])
    return run()
  },
})

function deployedKeys(stage: string): KeyStore {
  const store = parameterStore(stage)
  return {
    async read() {
      const parameters = await store.read(['SIGNING_KEYS', 'VERIFICATION_KEYS'])
      const SIGNING_KEYS = parameters.get('SIGNING_KEYS')?.value
      const VERIFICATION_KEYS = parameters.get('VERIFICATION_KEYS')?.value ?? publicHalves(SIGNING_KEYS ?? '')
      if (SIGNING_KEYS !== undefined) return parseKeySet({ SIGNING_KEYS, VERIFICATION_KEYS })
      throw new CommandError(
        `Stage ${stage} has no SIGNING_KEYS here: npx latchkey setup --stage ${stage} creates them.`,
      )
    },
    async write(keys) {
      const { SIGNING_KEYS, VERIFICATION_KEYS } = formatKeySet(keys)
      // The public halves first, so that no service receives a token of an unpublished key.
      await store.put('VERIFICATION_KEYS', VERIFICATION_KEYS, { overwrite: true })
      await store.put('SIGNING_KEYS', SIGNING_KEYS, { overwrite: true })
    },
    alone: (run) => withLock(store, run),
  }
}

const LOCK = 'KEYS_LOCK'
const FREE = 'free'
/** A rotation ends within seconds. An older lock belongs to one that was interrupted. */
const ABANDONED_MS = 60_000

/**
 * Holds a lock in a parameter. Parameter Store has no conditional writes except the first version, but it numbers the
 * versions. If the version of our write is not the next one, another caller was faster.
 */
export async function withLock<T>(store: ParameterStore, run: () => Promise<T>): Promise<T> {
  const now = new Date().toISOString()
  if ((await store.put(LOCK, now, { overwrite: false, type: 'String' })) === null) {
    const lock = (await store.read([LOCK])).get(LOCK)
    const isFree = lock?.value === FREE || Date.parse(lock?.value ?? '') < Date.now() - ABANDONED_MS
    const version = isFree ? await store.put(LOCK, now, { overwrite: true, type: 'String' }) : null
    if (version === null || version !== (lock?.version ?? 0) + 1) {
      throw new CommandError('Another command is changing the keys, or was interrupted: try again in a minute.')
    }
  }
  try {
    return await run()
  } finally {
    // Failing to release the lock must not fail the command; it expires by itself.
    await store.put(LOCK, FREE, { overwrite: true, type: 'String' }).catch(() => null)
  }
}
