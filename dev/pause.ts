import { parseArgs } from 'node:util'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { DeleteFunctionConcurrencyCommand, LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda'
import { deployedStack, type StackFunction } from './deployed-stack.ts'
import { exitWithError, SetupError } from './setup-error.ts'

const USAGE = 'Use npm run pause -- --stage <stage>, and npm run pause -- --stage <stage> --resume.'

/**
 * Sets the reserved concurrency of functions to 0, so that Lambda does not start them. `resume` restores the concurrency of
 * the template: CloudFormation does not correct it, because the template has not changed.
 */
export async function setPaused(client: LambdaClient, functions: readonly StackFunction[], resume: boolean) {
  for (const { name: FunctionName, reserved } of functions) {
    const ReservedConcurrentExecutions = resume ? reserved : 0
    await (resume && reserved === 0
      ? client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
      : client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions })))
  }
}

/** `npm run pause`: stops all functions of a stage, so that nothing writes to its tables, or starts them again. */
async function main(): Promise<void> {
  const { stage, resume } = readOptions()
  const functions = await deployedStack(new CloudFormationClient({}), `latchkey-${stage}`)
  if (functions.length === 0)
    throw new SetupError(`The stage ${stage} is not deployed in ${process.env['AWS_REGION']}.`)
  await setPaused(new LambdaClient({}), functions, resume)
  const state = resume ? 'run again' : 'are paused: callers get errors, and devices retry'
  console.log(`The ${functions.length} functions of ${stage} ${state}.`)
}

function readOptions(): { stage: string; resume: boolean } {
  try {
    const { values } = parseArgs({
      options: { stage: { type: 'string' }, resume: { type: 'boolean', default: false } },
    })
    if (values.stage && process.env['AWS_REGION']) return { stage: values.stage, resume: values.resume }
  } catch {
    throw new SetupError(USAGE)
  }
  throw new SetupError(process.env['AWS_REGION'] ? USAGE : 'Set AWS_REGION to the region of the stage.')
}

if (import.meta.main) await main().catch(exitWithError)
