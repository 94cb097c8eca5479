import { SECRET_NAMES, validateSetting } from '../../lib/config/settings-table.ts'
import { type DeploymentSecrets, publicHalves } from '../../lib/crypto/deployment-secrets.ts'
import { checkParameterSize, formatKeySet, parseKeySet } from './key-set.ts'
import type { ParameterStore } from './parameter-store.ts'
import { type SetupValues, toStoredValue } from './setup-values.ts'

/** Secrets that are generated unless a value is provided. */
export const GENERATED_NAMES: readonly string[] = ['ADMIN_TOKEN', 'SIGNING_KEYS', 'VERIFICATION_KEYS', 'SEAL_KEY']

export interface SetupOutcome {
  written: string[]
  /** Existing secrets that were not replaced. */
  left: string[]
  /** The admin token, if it was generated. */
  adminToken: string | undefined
  notes: string[]
}

/**
 * Stores the secrets of a stage: `values`, and those of `generated` that have no value. `targets` are the secrets that sign
 * what the targets of webhooks.yml get. An existing one is replaced only if it is forced. Secrets of an interrupted run stay.
 * The admin token is stored last, just before it is printed.
 */
export async function setUpStage(
  store: ParameterStore,
  values: SetupValues,
  isForced: (name: string) => boolean,
  generated: DeploymentSecrets & { targets: ReadonlyMap<string, string> },
): Promise<SetupOutcome> {
  const signing = values.get('SIGNING_KEYS') ?? JSON.stringify(generated.SIGNING_KEYS)
  checkParameterSize('SIGNING_KEYS', signing)
  const others = new Map([['SEAL_KEY', generated.SEAL_KEY], ...generated.targets, ...values])
  const before = await store.read([...new Set([...SECRET_NAMES, ...others.keys()])], false)
  const outcome: SetupOutcome = {
    written: [],
    left: [],
    adminToken: undefined,
    notes: replacementNotes(before, isForced),
  }
  const put = async (name: string, value: string): Promise<boolean> => {
    const overwrite = isForced(name)
    const isWritten = (overwrite || !before.has(name)) && (await store.put(name, value, { overwrite })) !== null
    outcome[isWritten ? 'written' : 'left'].push(name)
    return isWritten
  }

  for (const [name, value] of others) {
    const isStoredBelow = name === 'ADMIN_TOKEN' || name === 'SIGNING_KEYS' || name === 'VERIFICATION_KEYS'
    if (!isStoredBelow) await put(name, await toStoredValue(name, value))
  }

  if (isForced('SIGNING_KEYS')) {
    // The public halves first, so that no service receives a token of an unpublished key.
    await put('VERIFICATION_KEYS', publicHalves(signing))
    await put('SIGNING_KEYS', signing)
  } else {
    await put('SIGNING_KEYS', signing)
    // Publish the stored keys, which another caller may have written first.
    const stored = (await store.read(['SIGNING_KEYS'])).get('SIGNING_KEYS')?.value ?? signing
    const published = (await store.read(['VERIFICATION_KEYS'])).get('VERIFICATION_KEYS')?.value
    await put('VERIFICATION_KEYS', addToPublishedKeys(stored, published))
    outcome.notes.push(...(await unpublishedKeyNotes(store, stored)))
  }

  const adminToken = values.get('ADMIN_TOKEN') ?? generated.ADMIN_TOKEN
  const isNew = await put('ADMIN_TOKEN', await toStoredValue('ADMIN_TOKEN', adminToken))
  return { ...outcome, adminToken: isNew && !values.has('ADMIN_TOKEN') ? adminToken : undefined }
}

function replacementNotes(before: ReadonlyMap<string, unknown>, isForced: (name: string) => boolean): string[] {
  const isReplaced = (name: string) => isForced(name) && before.has(name)
  return [
    ...(isReplaced('SEAL_KEY')
      ? [
          'SEAL_KEY is replaced: earlier salts are not found and, without SEAL_KEYS, values can no longer be decrypted. seal-keys rotates without loss.',
        ]
      : []),
    ...(isReplaced('SIGNING_KEYS') ? ['SIGNING_KEYS is replaced: earlier auth tokens are no longer valid.'] : []),
  ]
}

/** The public halves of the signing keys, and the published keys, whose tokens may still be valid. */
function addToPublishedKeys(SIGNING_KEYS: string, published: string | undefined): string {
  const ownHalves = publicHalves(SIGNING_KEYS)
  if (published === undefined) return ownHalves
  // A published text that is not a key set is replaced.
  if (validateSetting('VERIFICATION_KEYS', published) !== null) return ownHalves
  return formatKeySet(parseKeySet({ SIGNING_KEYS, VERIFICATION_KEYS: published })).VERIFICATION_KEYS
}

/** A note if a signing key is not published, for example because an operator stored only one half. */
async function unpublishedKeyNotes(store: ParameterStore, signing: string): Promise<string[]> {
  const published = (await store.read(['VERIFICATION_KEYS'])).get('VERIFICATION_KEYS')?.value ?? ''
  const { keys } = parseKeySet({ SIGNING_KEYS: signing, VERIFICATION_KEYS: publicHalves(signing) })
  const missing = keys.filter(({ kid }) => !published.includes(JSON.stringify(kid)))
  return missing.length === 0
    ? []
    : ['VERIFICATION_KEYS lacks a key of SIGNING_KEYS, so its tokens are rejected: --force VERIFICATION_KEYS adds it.']
}
