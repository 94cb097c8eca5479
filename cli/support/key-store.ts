import { writeSecrets } from '../../dev/secrets-file.ts'
import { publicHalves } from '../../lib/crypto/deployment-secrets.ts'
import type { StageOptions } from './command.ts'
import { CommandError } from './error-message.ts'
import { type KeySet, parseKeySet } from './key-set.ts'
import { type ParameterStore, parameterStore } from './parameter-store.ts'
import { localFolder, localRun, localSecrets, useRegion } from './stage.ts'

/** Where a stage keeps its signing keys. */
export interface KeyStore {
  read(): Promise<KeySet>
  write(keys: KeySet): Promise<void>
  /** Runs while nobody else changes the keys: of two rotations at once, one would publish keys that the other loses. */
  alone<T>(run: () => Promise<T>): Promise<T>
}

export const keyStore = (where: StageOptions): KeyStore => {
  useRegion(where)
  return where.stage === 'local' ? localKeys() : deployedKeys(where.stage)
}

const localKeys = (): KeyStore => ({
  async read() {
    const secrets = await localSecrets()
    if (!secrets) throw new CommandError('There are no keys yet: npm run latchkey -- setup makes them.')
    return parseKeySet(JSON.stringify(secrets.SIGNING_KEYS))
  },
  async write(SIGNING_KEYS) {
    const secrets = await localSecrets()
    if (secrets) await writeSecrets(localFolder(), { ...secrets, SIGNING_KEYS })
  },
  async alone(run) {
    const running = await localRun()
    const set = ['SIGNING_KEYS', 'VERIFICATION_KEYS'].filter(
      (name) => process.env[name] || running?.from_environment.includes(name),
    )
    if (set.length > 0) throw new CommandError(`${set.join(' and ')} come from the environment: change them there.`)
    return run()
  },
})

function deployedKeys(stage: string): KeyStore {
  const store = parameterStore(stage)
  return {
    async read() {
      const kept = (await store.read(['SIGNING_KEYS'])).get('SIGNING_KEYS')
      if (kept) return parseKeySet(kept.value)
      throw new CommandError(
        `Stage ${stage} has no SIGNING_KEYS here: npm run latchkey -- setup --stage ${stage} makes them.`,
      )
    },
    async write(keys) {
      const text = JSON.stringify(keys)
      // The public halves first: nobody ever meets a token that was signed by a key he cannot know.
      await store.put('VERIFICATION_KEYS', publicHalves(text), { overwrite: true })
      await store.put('SIGNING_KEYS', text, { overwrite: true })
    },
    alone: (run) => locked(store, run),
  }
}

const LOCK = 'KEYS_LOCK'
const FREE = 'free'
/** A rotation takes seconds; a lock that is older was left by one that was cut off. */
const ABANDONED_MS = 60_000

/**
 * Holds a lock that is a parameter: Parameter Store writes nothing on a condition but the first version, and numbers
 * the versions; whoever finds that his write was not the next one after what he read was too late.
 */
async function locked<T>(store: ParameterStore, run: () => Promise<T>): Promise<T> {
  const now = new Date().toISOString()
  if ((await store.put(LOCK, now, { overwrite: false, type: 'String' })) === null) {
    const held = (await store.read([LOCK])).get(LOCK)
    const isFree = held?.value === FREE || Date.parse(held?.value ?? '') < Date.now() - ABANDONED_MS
    const version = isFree ? await store.put(LOCK, now, { overwrite: true, type: 'String' }) : null
    if (version === null || version !== (held?.version ?? 0) + 1) {
      throw new CommandError('Somebody else is rotating the keys, or was cut off: look again in a minute.')
    }
  }
  try {
    return await run()
  } finally {
    // Whoever cannot give it back has done his work all the same; it ends by itself.
    await store.put(LOCK, FREE, { overwrite: true, type: 'String' }).catch(() => null)
  }
}
