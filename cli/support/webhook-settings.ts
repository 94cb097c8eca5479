import { randomBytes } from 'node:crypto'
import { FAKE_WEBHOOK_SECRET } from '../../dev/fakes/helplightning.ts'
import { localWebhookSecrets, type WebhookParameter, webhookParameters } from '../../dev/webhook-secrets.ts'
import { findPlayKeysFault } from '../../lib/attestation/play-keys.ts'
import { ConfigError } from '../../lib/config/config-error.ts'
import { splitSecrets } from '../../lib/config/secret-schemas.ts'
import { SECRET_NAMES, validateSetting } from '../../lib/config/settings-table.ts'
import type { WebhookProvider } from '../../lib/config/webhook-schemas.ts'
import { checkSecret } from '../../lib/webhooks/schemes.ts'
import { standardSigner } from '../../lib/webhooks/standard-webhooks.ts'
import type { StageOptions } from './command.ts'
import { CommandError } from './error-message.ts'
import { parameterStore } from './parameter-store.ts'
import { readWebhooks } from './read-webhooks.ts'
import type { FindFault } from './setup-values.ts'
import { localRun, localSecrets, START_FIRST } from './stage.ts'
import { listed } from './text.ts'

/** The entry of a provider. Throws with the names of all if there is none. */
export function findWebhook(stage: string, name: string): WebhookProvider {
  const { providers } = readWebhooks(stage)
  const provider = providers.get(name)
  if (!provider) throw new CommandError(`webhooks.yml has no such provider. It has ${listed([...providers.keys()])}.`)
  return provider
}

/** The path at which a provider delivers. Incode has one of its own; `/approve` accepts its events too. */
export const webhookPath = (name: string): string => (name === 'incode' ? 'webhook' : `webhook/${name}`)

/** What `setup` stores for webhooks.yml. */
export interface SetupParameters {
  names: readonly string[]
  /** The names whose secrets come from the providers. */
  provided: readonly string[]
  /** New secrets for the others, with which Latchkey signs what targets get. */
  targets: ReadonlyMap<string, string>
  /** Also for the secrets of the settings table. */
  findFault: FindFault
}

/** The parameters that webhooks.yml needs in a stage. Those of built-in providers are settings, and not among them. */
export function setupParameters(stage: string): SetupParameters {
  const parameters = webhookParameters(readWebhooks(stage).providers.values())
  const own = parameters.filter(({ name }) => name.startsWith('WEBHOOK_'))
  const targets = own.flatMap(({ name, schemes }) => (schemes.length > 0 ? [] : [name]))
  return {
    names: own.map(({ name }) => name),
    provided: own.flatMap(({ name, schemes }) => (schemes.length > 0 ? [name] : [])),
    targets: new Map(targets.map((name) => [name, `whsec_${randomBytes(32).toString('base64')}`])),
    findFault(name, text) {
      const parameter = own.find((candidate) => candidate.name === name)
      if (parameter) return parameterFault(parameter, text)
      const setting = SECRET_NAMES.find((secret) => secret === name)
      if (setting === 'PLAY_INTEGRITY_KEYS') return findPlayKeysFault(text)
      return setting === undefined ? 'is not a secret of Latchkey' : validateSetting(setting, text)
    },
  }
}

/** Why a text cannot be stored as a parameter: a phrase such as `must be user:password`; null if it can. */
function parameterFault({ name, schemes }: WebhookParameter, text: string): string | null {
  try {
    for (const secret of splitSecrets(text)) {
      for (const scheme of schemes) checkSecret(scheme, secret)
      if (schemes.length === 0) standardSigner(targetScheme(name), secret)
    }
    return null
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.replace(`Settings: ${name} `, '').replace(/\.$/, '')
  }
}

const targetScheme = (secret: string) =>
  ({ scheme: 'standard-webhooks', tolerance: 300, shadow: false, secret }) as const

/**
 * The secrets of a stage by the names of their parameters; a name without a secret is missing. Those of the local run come
 * from its environment, or are derived from its key. Throws if only `npm start` has one of them. Without decryption, only
 * the names are useful.
 */
export async function readWebhookSecrets(
  { stage }: StageOptions,
  names: readonly string[],
  withDecryption = true,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const texts =
    stage === 'local' ? await localTexts(names, withDecryption) : await storedTexts(stage, names, withDecryption)
  return new Map([...texts].map(([name, text]) => [name, splitSecrets(text)]))
}

async function storedTexts(
  stage: string,
  names: readonly string[],
  withDecryption: boolean,
): Promise<Map<string, string>> {
  const parameters = await parameterStore(stage).read(names, withDecryption)
  return new Map([...parameters].map(([name, { value }]) => [name, value]))
}

async function localTexts(names: readonly string[], withDecryption: boolean): Promise<Map<string, string>> {
  const stored = await localSecrets()
  if (!stored) throw START_FIRST
  const run = await localRun()
  const hidden = names.filter((name) => run?.from_environment.includes(name) && !process.env[name])
  if (hidden.length > 0 && withDecryption)
    throw new CommandError(
      `npm start has ${hidden.join(' and ')} from its environment: set the same values here, or put them into .env.`,
    )
  const texts: Record<string, string> = {
    ...(!run?.real_providers.includes('Help Lightning') && { HLSERVER_WEBHOOK_SECRET: FAKE_WEBHOOK_SECRET }),
    ...Object.fromEntries(hidden.map((name) => [name, 'hidden'])),
    ...localWebhookSecrets(readWebhooks('local').providers.values(), stored.SEAL_KEY),
  }
  return new Map(
    names.flatMap((name) => {
      const text = process.env[name] || texts[name]
      return text === undefined ? [] : [[name, text] as const]
    }),
  )
}
