import { localAws } from '../../dev/dynamodb.ts'
import { type RunningInstance, readRun } from '../../dev/run-file.ts'
import { readSecrets } from '../../dev/secrets-file.ts'
import { SECRET_NAMES, type SecretName } from '../../lib/config/settings-table.ts'
import { type DeploymentSecrets, secretSettings } from '../../lib/crypto/deployment-secrets.ts'
import type { StageOptions } from './command.ts'
import { CommandError, NO_REGION } from './error-message.ts'

export const localFolder = (): string => process.env['LATCHKEY_FOLDER'] || '.latchkey'

/** The secrets of the local run; null if there are none. */
export function localSecrets(): Promise<DeploymentSecrets | null> {
  return readSecrets(localFolder()).catch(() => {
    throw new CommandError(
      `${localFolder()}/secrets.json is damaged: correct it, or start again with npm start -- --fresh.`,
    )
  })
}

export const START_FIRST = new CommandError('Start Latchkey with npm start, and wait until it prints its address.')

/** The running local Latchkey; null without one. */
export const localRun = (): Promise<RunningInstance | null> => readRun(localFolder()).catch(() => null)

/** Throws if the local run has one of these secrets from an environment, where a command cannot change it. */
export async function requireStoredSecrets(names: readonly SecretName[]): Promise<void> {
  const running = await localRun()
  const set = names.filter((name) => process.env[name] || running?.from_environment.includes(name))
  if (set.length > 0) throw new CommandError(`${set.join(' and ')} come from the environment: change them there.`)
}

/** Sets the environment of AWS's libraries. The secrets of a deployed stage come from its store, not from this shell. */
export function useRegion({ stage, region }: StageOptions): void {
  if (region !== undefined) process.env['AWS_REGION'] = region
  // The region of a profile is not sufficient: it applies to this command, but not to the deployed code.
  if (stage !== 'local' && !process.env['AWS_REGION']) throw new CommandError(NO_REGION)
  process.env['STAGE'] = stage
  process.env['PARAMETER_PATH'] = stage === 'local' ? '' : `/latchkey/${stage}`
  if (stage !== 'local') for (const name of SECRET_NAMES) delete process.env[name]
}

/** The tables of a stage, as in serverless.yml. */
export const TABLES = ['clients', 'tokens', 'sessions', 'measurements', 'submissions'] as const

/**
 * Sets the environment so that modules in lib/, imported after this, use the tables of a stage. `secrets` are those that
 * the command reads. Throws if the local run has one of them only in its own environment.
 */
export async function useTables(where: StageOptions, secrets: readonly SecretName[] = []): Promise<void> {
  useRegion(where)
  for (const table of TABLES) {
    process.env[`${table.toUpperCase()}_TABLE`] = `latchkey-${where.stage}-${table}`
  }
  // Metrics would be printed on stdout, between the command's output.
  process.env['POWERTOOLS_METRICS_DISABLED'] ??= 'true'
  if (where.stage !== 'local') return
  const run = await localRun()
  const stored = await localSecrets()
  if (!run || !stored) throw START_FIRST
  const hidden = secrets.filter((name) => run.from_environment.includes(name) && !process.env[name])
  if (hidden.length > 0) {
    throw new CommandError(`npm start has ${hidden.join(' and ')} from its environment: set the same values here.`)
  }
  // A profile would override the credentials of the embedded DynamoDB.
  delete process.env['AWS_PROFILE']
  Object.assign(process.env, secretSettings(stored, process.env), localAws(run.database))
}
