import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { localFolder, localRun, localSecrets } from '../../cli/support/stage.ts'
import { SetupError } from '../setup-error.ts'
import type { Target } from './check.ts'

interface TargetOptions {
  stage: string
  /** Default: the address of the stack, or of the local run. */
  url?: string | undefined
  column: string
}

/** Finds the address of a stage and its admin token. Parameter Store has only the token's digest. */
export async function findTarget({ stage, url, column }: TargetOptions): Promise<Target> {
  const endpoint = process.env['AWS_ENDPOINT_URL']
  const place = stage === 'local' ? 'local' : endpoint ? 'emulator' : 'aws'
  const adminToken = process.env['ADMIN_TOKEN'] || (place === 'local' ? (await localSecrets())?.ADMIN_TOKEN : undefined)
  if (!adminToken) throw new SetupError('Set ADMIN_TOKEN to the admin token that setup printed.')
  const address = url ?? (place === 'local' ? await localAddress() : await stackAddress(stage, endpoint))
  return { place, stage, url: address.replace(/\/$/, ''), adminToken, origin: await allowedOrigin(stage), column }
}

async function localAddress(): Promise<string> {
  const run = await localRun()
  if (!run) throw new SetupError(`Start Latchkey with npm start: ${localFolder()}/ has no running one. Or set --url.`)
  return run.url
}

async function stackAddress(stage: string, endpoint: string | undefined): Promise<string> {
  if (!process.env['AWS_REGION']) throw new SetupError('Set AWS_REGION to the region of the stage.')
  const StackName = `latchkey-${stage}`
  const { Stacks = [] } = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName }))
  const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs)
  const address = outputs.find(({ OutputKey }) => OutputKey === 'HttpApiUrl')?.OutputValue
  if (address === undefined) throw new SetupError(`The stack ${StackName} has no API: deploy it first, or set --url.`)
  // The emulator serves APIs at its own address.
  return endpoint ? `${endpoint}/_aws/execute-api/${new URL(address).hostname.split('.')[0]}` : address
}

/** The first origin of CORS_ORIGINS, if `.env.<stage>` or the shell has it. */
async function allowedOrigin(stage: string): Promise<string> {
  const file = await readFile(`.env.${stage}`, 'utf8').catch(() => '')
  const [first = '*'] = (process.env['CORS_ORIGINS'] || parseEnv(file)['CORS_ORIGINS'] || '*').split(',')
  return first.trim() === '*' ? 'https://app.example' : first.trim()
}
