import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { withRecipients } from '../../dev/fakes/local-recipients.ts'
import { awsClientOptions } from './aws-client.ts'
import type { StageOptions } from './command.ts'
import { CommandError } from './error-message.ts'
import { readWebhooks } from './read-webhooks.ts'
import { localRun, START_FIRST, useRegion } from './stage.ts'

/** Settings of a stage that the command line reads. They are not secret. */
const NAMES = ['PUBLIC_URL', 'TOKEN_MINUTES', 'TOKEN_MINUTES_MAX', 'SHARE_DAYS_MAX', 'WEBHOOKS'] as const

/**
 * The settings of a stage. A deployed one has them in the environment of its functions, each of which has those that it
 * reads. Throws if it does not exist.
 */
export async function readStageSettings(
  where: StageOptions,
  functionName: 'token' | 'createShare' | 'events' = 'token',
): Promise<Partial<Record<(typeof NAMES)[number], string>>> {
  useRegion(where)
  const variables =
    where.stage === 'local' ? await localVariables() : await deployedVariables(where.stage, functionName)
  return Object.fromEntries(NAMES.flatMap((name) => (variables[name] ? [[name, variables[name]]] : [])))
}

async function localVariables(): Promise<NodeJS.ProcessEnv> {
  const run = await localRun()
  if (!run) throw START_FIRST
  // With recipients, as npm start adds its fakes. Commands send nothing, so that any URL is one.
  const WEBHOOKS = withRecipients(readWebhooks('local').text, run.url)
  return { ...process.env, PUBLIC_URL: run.public_url, WEBHOOKS }
}

async function deployedVariables(stage: string, functionName: string): Promise<Record<string, string>> {
  const client = new LambdaClient(awsClientOptions())
  const request = new GetFunctionConfigurationCommand({ FunctionName: `latchkey-${stage}-${functionName}` })
  const { Environment } = await client.send(request).catch((error: unknown) => {
    const isMissing = error instanceof Error && error.name === 'ResourceNotFoundException'
    throw isMissing ? new CommandError(`The stage ${stage} is not deployed in this region.`) : error
  })
  return Environment?.Variables ?? {}
}

/** The address of a stage, which ends with a slash: `url`, else that of the local run or of the deployed functions. */
export async function findAddress(where: StageOptions, url?: string): Promise<string> {
  const address =
    url ?? (where.stage === 'local' ? (await localRun())?.url : (await readStageSettings(where)).PUBLIC_URL)
  if (address === undefined)
    throw where.stage === 'local'
      ? START_FIRST
      : new CommandError(`Set --url to the address of the stage ${where.stage}.`)
  return address.endsWith('/') ? address : `${address}/`
}
