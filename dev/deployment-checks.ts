import { CloudFormationClient, type CloudFormationClientConfig } from '@aws-sdk/client-cloudformation'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { getSettings } from '../lib/config/settings.ts'
import type { Resources } from './alarm-resource.ts'
import { bundleDigest, digestError } from './bundle-digest.ts'
import { deployedStack, reservationError, reservedBy, settingChanges, stackFunctions } from './deployed-stack.ts'
import { environmentIssues } from './environment.ts'
import { bucketIssues } from './files-bucket.ts'
import { type Rollback, rollbackOf } from './rollback.ts'
import { errorText } from './setup-error.ts'
import { stageFileIssues } from './stage-settings.ts'
import { stageWebhooks } from './webhooks-file.ts'

/** The part of the framework that the checks of a deployment need. */
interface Serverless {
  service: {
    service: string
    functions: Readonly<Record<string, { reservedConcurrency?: number }>>
    custom: { acceptDefaults: boolean; templateOnly: boolean; bundles: string }
    provider: { stage: string; region: string; compiledCloudFormationTemplate: { Resources: Resources } }
  }
  classes: { Error: new (message: string) => Error }
  processedInput: { commands: string[] }
  getProvider(name: 'aws'): {
    naming: { getStackName(): string }
    getAwsSdkV3Config(): Promise<CloudFormationClientConfig>
  }
}

/** Why `serverless deploy --package` and `serverless deploy function` are refused. */
const PACKAGED =
  'A package contains the settings of the stage that it was made for: deploy without --package. To deploy the same code to several stages, see docs/operations/deploy.md.'
const ONE_FUNCTION =
  'A single function would lose its settings: run serverless deploy, which changes only what is different.'

export const isDeployment = ({ processedInput }: Serverless): boolean => processedInput.commands.join(' ') === 'deploy'

/** Whether a template is made for the local run or for checks. It is never deployed. */
export const isTemplateOnly = (serverless: Serverless): boolean =>
  serverless.service.custom.templateOnly && !isDeployment(serverless)

/** Rejects deployments that would skip the checks of settings below. */
export function rejectUncheckedDeployments(serverless: Serverless, options: { package?: string }): void {
  const { processedInput, classes } = serverless
  if (isDeployment(serverless) && options.package !== undefined) throw new classes.Error(PACKAGED)
  if (processedInput.commands.join(' ') === 'deploy function') throw new classes.Error(ONE_FUNCTION)
}

/** Before anything is packaged, so that nothing of a rejected deployment reaches AWS. Names every issue at once. */
export function rejectInvalidSettings(serverless: Serverless): void {
  const { service, classes } = serverless
  const { stage, region } = service.provider
  const { acceptDefaults } = service.custom
  const sourceIssues = isTemplateOnly(serverless)
    ? []
    : stageFileIssues({ folder: './', stage, acceptDefaults, environment: process.env })
  const nameIssues = stage.endsWith('-data')
    ? ['The name of a stage must not end with -data, as its data stack does.']
    : []
  const bucket = bucketIssues(service.service, stage, region)
  const issues = [...nameIssues, ...bucket, ...sourceIssues, ...environmentIssues(process.env), ...webhookIssues(stage)]
  if (issues.length > 0) throw new classes.Error(`The settings of ${stage} are invalid:\n- ${issues.join('\n- ')}`)
}

function webhookIssues(stage: string): string[] {
  try {
    stageWebhooks(stage)
    return []
  } catch (error) {
    return [errorText(error)]
  }
}

/** AWS would reject the reservations only after minutes, and roll the stack back. */
export async function rejectExcessiveReservations(serverless: Serverless): Promise<void> {
  const needed = reservedBy(
    Object.values(serverless.service.functions).map(({ reservedConcurrency = 0 }) => ({
      reserved: reservedConcurrency,
    })),
  )
  if (needed === 0) return
  const provider = serverless.getProvider('aws')
  const config = await provider.getAwsSdkV3Config()
  const { AccountLimit } = await new LambdaClient(config).send(new GetAccountSettingsCommand({}))
  const stack = await deployedStack(new CloudFormationClient(config), provider.naming.getStackName())
  const unreserved = AccountLimit?.UnreservedConcurrentExecutions ?? 0
  const error = reservationError(unreserved, reservedBy(stack), needed)
  if (error !== null) throw new serverless.classes.Error(error)
}

export async function changedSettings(serverless: Serverless): Promise<string[]> {
  const provider = serverless.getProvider('aws')
  const client = new CloudFormationClient(await provider.getAwsSdkV3Config())
  const before = await deployedStack(client, provider.naming.getStackName())
  const changes = settingChanges(before, stackFunctions(serverless.service.provider.compiledCloudFormationTemplate))
  return changes.length === 0 ? [] : ['Settings that change:', ...changes.map((change) => `  ${change}`)]
}

export async function rollbackOfDeployment(serverless: Serverless): Promise<Rollback> {
  const provider = serverless.getProvider('aws')
  const { ROLLBACK_MINUTES } = await getSettings('ROLLBACK_MINUTES')
  const client = new CloudWatchClient(await provider.getAwsSdkV3Config())
  return rollbackOf(client, provider.naming.getStackName(), ROLLBACK_MINUTES)
}

/** Of the files that `npm run build` has made, so that several stages get the same code. */
export async function verifyBundles({ service, classes }: Serverless): Promise<void> {
  const { bundles } = service.custom
  const error = bundles === '' ? null : digestError(bundles, await bundleDigest())
  if (error !== null) throw new classes.Error(error)
}
