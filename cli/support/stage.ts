import { localAws } from '../../dev/dynamodb.ts'
import { type RunningInstance, readRun } from '../../dev/run-file.ts'
import { readSecrets } from '../../dev/secrets-file.ts'
import { SECRET_NAMES, type SecretName } from '../../lib/config/settings-table.ts'
import { type DeploymentSecrets, secretSettings } from '../../lib/crypto/deployment-secrets.ts'
import type { StageOptions } from './command.ts'
import { CommandError, NO_REGION } from './error-message.ts'

export const localFolder = (): string => process.env['LATCHKEY_FOLDER'] || '.latchkey'

/** The secrets of the local run; null where none were made. */
export function localSecrets(): Promise<DeploymentSecrets | null> {
  return readSecrets(localFolder()).catch(() => {
    throw new CommandError(
      `${localFolder()}/secrets.json is damaged: mend it, or begin anew with npm start -- --fresh.`,
    )
  })
}

/** The Latchkey that runs on this machine; null when none does. */
export const localRun = (): Promise<RunningInstance | null> => readRun(localFolder()).catch(() => null)

/** Has AWS's libraries look where the stage is. A stage's secrets are those in its store, whatever this shell has set. */
export function useRegion({ stage, region }: StageOptions): void {
  if (region !== undefined) process.env['AWS_REGION'] = region
  // That of a profile would do for this, but not for what is deployed, which does not know it.
  if (stage !== 'local' && !process.env['AWS_REGION']) throw new CommandError(NO_REGION)
  process.env['STAGE'] = stage
  process.env['PARAMETER_PATH'] = stage === 'local' ? '' : `/latchkey/${stage}`
  if (stage !== 'local') for (const name of SECRET_NAMES) delete process.env[name]
}

/**
 * Sets the environment so that the modules of lib/store, imported after this, work on the tables of a stage. `secrets`
 * are those that the command reads: a local run that has them from its own environment keeps them from us.
 */
export async function useTables(where: StageOptions, secrets: readonly SecretName[] = []): Promise<void> {
  useRegion(where)
  for (const table of ['clients', 'tokens', 'sessions', 'measurements', 'submissions']) {
    process.env[`${table.toUpperCase()}_TABLE`] = `latchkey-${where.stage}-${table}`
  }
  // Metrics are lines on stdout, which belongs to the command's output.
  process.env['POWERTOOLS_METRICS_DISABLED'] ??= 'true'
  if (where.stage !== 'local') return
  const run = await localRun()
  const kept = await localSecrets()
  if (!run || !kept) throw new CommandError('Start Latchkey first: npm start.')
  const hidden = secrets.filter((name) => run.from_environment.includes(name) && !process.env[name])
  if (hidden.length > 0) {
    throw new CommandError(`npm start has ${hidden.join(' and ')} from its environment: set the same here.`)
  }
  // A profile would go before the credentials that the embedded DynamoDB takes.
  delete process.env['AWS_PROFILE']
  Object.assign(process.env, secretSettings(kept, process.env), localAws(run.endpoint))
}
