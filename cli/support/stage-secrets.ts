import { SECRET_NAMES, type SecretName } from '../../lib/config/settings-table.ts'
import { makeSecrets, publicHalves } from '../../lib/crypto/deployment-secrets.ts'
import { parseKeySet } from './key-set.ts'
import type { ParameterStore } from './parameter-store.ts'
import { type SetupValues, toStoredValue } from './setup-values.ts'

/** Made here unless they are given. */
export const MADE_NAMES: readonly SecretName[] = ['ADMIN_TOKEN', 'SIGNING_KEYS', 'VERIFICATION_KEYS', 'SEAL_KEY']

export interface SetupOutcome {
  written: SecretName[]
  /** They exist, and were not to be replaced. */
  left: SecretName[]
  /** The admin token, if it was made here. */
  adminToken: string | undefined
  notes: string[]
}

/**
 * Puts the secrets of a stage into its store, each unless it exists or `forced` says so. What was written by a run that
 * failed in the middle is met again by the next one, and left; the admin token comes last, just before it is shown.
 */
export async function setUpStage(
  store: ParameterStore,
  given: SetupValues,
  forced: (name: SecretName) => boolean,
): Promise<SetupOutcome> {
  const before = await store.read(SECRET_NAMES, false)
  const made = await makeSecrets()
  const outcome: SetupOutcome = { written: [], left: [], adminToken: undefined, notes: warnings(before, forced) }
  const put = async (name: SecretName, value: string): Promise<boolean> => {
    const overwrite = forced(name)
    const done = (overwrite || !before.has(name)) && (await store.put(name, value, { overwrite })) !== null
    outcome[done ? 'written' : 'left'].push(name)
    return done
  }

  const wanted = new Map<SecretName, string>([['SEAL_KEY', made.SEAL_KEY], ...given])
  for (const [name, value] of wanted) {
    const isOwn = name === 'ADMIN_TOKEN' || name === 'SIGNING_KEYS' || name === 'VERIFICATION_KEYS'
    if (!isOwn) await put(name, await toStoredValue(name, value))
  }

  const signing = given.get('SIGNING_KEYS') ?? JSON.stringify(made.SIGNING_KEYS)
  if (forced('SIGNING_KEYS')) {
    // The public halves first: nobody ever meets a token that was signed by a key he cannot know.
    await put('VERIFICATION_KEYS', publicHalves(signing))
    await put('SIGNING_KEYS', signing)
  } else {
    await put('SIGNING_KEYS', signing)
    // What is published belongs to the keys that are there, whoever was the first to write them.
    const kept = (await store.read(['SIGNING_KEYS'])).get('SIGNING_KEYS')?.value ?? signing
    await put('VERIFICATION_KEYS', publicHalves(kept))
    outcome.notes.push(...(await unpublished(store, kept)))
  }

  const adminToken = given.get('ADMIN_TOKEN') ?? made.ADMIN_TOKEN
  const isNew = await put('ADMIN_TOKEN', await toStoredValue('ADMIN_TOKEN', adminToken))
  return { ...outcome, adminToken: isNew && !given.has('ADMIN_TOKEN') ? adminToken : undefined }
}

function warnings(before: ReadonlyMap<string, unknown>, forced: (name: SecretName) => boolean): string[] {
  const replaced = (name: SecretName) => forced(name) && before.has(name)
  return [
    ...(replaced('SEAL_KEY')
      ? ['SEAL_KEY is replaced: salts, events and tokens of providers that were sealed before no longer open.']
      : []),
    ...(replaced('SIGNING_KEYS')
      ? ['SIGNING_KEYS is replaced: auth tokens that were issued before count no more.']
      : []),
  ]
}

/** Keys may have been put there by hand, one half without the other. */
async function unpublished(store: ParameterStore, signing: string): Promise<string[]> {
  const published = (await store.read(['VERIFICATION_KEYS'])).get('VERIFICATION_KEYS')?.value ?? ''
  const missing = parseKeySet(signing).keys.filter(({ kid }) => !published.includes(JSON.stringify(kid)))
  return missing.length === 0
    ? []
    : [
        'VERIFICATION_KEYS lacks a key of SIGNING_KEYS, whose tokens nobody accepts: --force VERIFICATION_KEYS mends it.',
      ]
}
