import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { dataTemplateFile, packageTemplate } from './package-template.ts'
import { type Grant, grantsOf, type Names, resourceNames } from './policy-grants.ts'
import { exitWithError, SetupError } from './setup-error.ts'

/** Characters without white space that IAM allows in a managed policy. */
export const MAX_POLICY_CHARACTERS = 6_144

export interface Policy {
  Version: '2012-10-17'
  Statement: (Grant & { Effect: 'Allow' })[]
}

const template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.optional(z.unknown()) })),
})
const role = z.object({
  AssumeRolePolicyDocument: z.object({
    Statement: z.array(z.object({ Principal: z.object({ Service: z.string() }) })),
  }),
})

/** A CloudFormation stack and its template. */
export interface Stack {
  name: string
  template: z.output<typeof template>
}

/** Reads a template from its file. */
export const readStackTemplate = async (file: string): Promise<Stack['template']> =>
  template.parse(JSON.parse(await readFile(file, 'utf8')))

interface Deployment {
  service: string
  stage: string
  region: string
  stacks: readonly Stack[]
  /** ARN of the permissions boundary of every role. */
  boundary?: string | undefined
}

/** The policies of a stage's roles, each for another task: nothing that one needs is in another without need. */
export function stagePolicies({ service, stage, region, stacks, boundary }: Deployment) {
  const names = resourceNames({ service, stage, region, stacks: stacks.map(({ name }) => name) })
  const deploy = deployGrants(names, stacks, boundary)
  return {
    deploy: policy(deploy),
    drift: policy(deploy.map(toReadGrant).filter(({ Action }) => Action.length > 0)),
    smoke: policy(smokeGrants(names)),
    setup: policy([{ Action: ['ssm:GetParameters', 'ssm:PutParameter'], Resource: names.parameters }]),
  }
}

/** What `serverless deploy` calls itself, and what CloudFormation calls for each type of resource. */
function deployGrants(names: Names, stacks: readonly Stack[], boundary: string | undefined): Grant[] {
  const resources = stacks.flatMap(({ template: { Resources } }) => Object.values(Resources))
  const types = [...new Set(resources.map(({ Type }) => Type))].toSorted()
  const roles = resources.flatMap(({ Type, Properties }) => (Type === 'AWS::IAM::Role' ? [role.parse(Properties)] : []))
  const services = roles.flatMap(({ AssumeRolePolicyDocument: { Statement } }) =>
    Statement.map(({ Principal }) => Principal.Service),
  )
  return [
    {
      Action: ['CreateStack', 'UpdateStack', 'DeleteStack', '*ChangeSet', 'Describe*', 'Detect*', 'Get*', 'List*']
        .concat(['SetStackPolicy', 'UpdateTerminationProtection'])
        .map((action) => `cloudformation:${action}`),
      Resource: names.stacks,
    },
    // AWS knows no resources for these.
    {
      Action: [
        'cloudformation:DescribeStackDriftDetectionStatus',
        'cloudformation:ListExports',
        'cloudformation:ValidateTemplate',
        'lambda:GetAccountSettings',
      ],
      Resource: ['*'],
    },
    // How CloudFormation asks for the alarms that roll a deployment back is not documented.
    { Action: ['cloudwatch:DescribeAlarms'], Resource: ['*'] },
    ...types.flatMap((type) => grantsOf(type, names, boundary)),
    {
      Action: ['iam:PassRole'],
      Resource: names.roles,
      Condition: { StringEquals: { 'iam:PassedToService': [...new Set(services)].toSorted() } },
    },
  ]
}

/** CloudFormation reads resources to find those that differ from the template. */
const toReadGrant = ({ Action, ...others }: Grant): Grant => ({
  ...others,
  Action: Action.flatMap((action) => (action === 's3:*' ? ['s3:Get*', 's3:List*'] : action)).filter((action) =>
    /:(?:Describe|Detect|Get|GET|List)/.test(action),
  ),
})

/** What `npm run smoke` reads besides the API, and what it removes of its own client. */
const smokeGrants = (names: Names): Grant[] => [
  { Action: ['cloudformation:DescribeStacks'], Resource: names.stacks },
  {
    Action: ['DescribeTable', 'DescribeContinuousBackups', 'GetItem', 'Query', 'DeleteItem'].map(
      (action) => `dynamodb:${action}`,
    ),
    Resource: names.tables,
  },
  { Action: ['lambda:GetFunctionConfiguration'], Resource: names.functions },
  { Action: ['iam:SimulatePrincipalPolicy'], Resource: names.roles },
  { Action: ['logs:FilterLogEvents'], Resource: names.logGroups },
]

/** Grants on the same resources become one statement, then those of the same actions: the length of a policy is limited. */
function policy(grants: readonly Grant[]): Policy {
  const byPlace = Map.groupBy(grants, ({ Resource, Condition }) => JSON.stringify([Resource, Condition]))
  const places = [...byPlace.values()].map((same) => ({
    ...same[0],
    Action: [...new Set(same.flatMap(({ Action }) => Action))].toSorted(),
    Resource: same[0]?.Resource ?? [],
  }))
  const byActions = Map.groupBy(places, ({ Action, Condition }) => JSON.stringify([Action, Condition]))
  return {
    Version: '2012-10-17',
    Statement: [...byActions.values()].map((same) => ({
      Effect: 'Allow',
      ...same[0],
      Action: same[0]?.Action ?? [],
      Resource: [...new Set(same.flatMap(({ Resource }) => Resource))],
    })),
  }
}

/** The stacks of a stage, as a deployment makes them. `choices` are settings. */
export async function stageStacks(
  service: string,
  stage: string,
  choices: Readonly<Record<string, string>> = {},
): Promise<Stack[]> {
  const file = await packageTemplate(stage, choices)
  const [application, data] = await Promise.all([readStackTemplate(file), readStackTemplate(dataTemplateFile(file))])
  return [
    { name: `${service}-${stage}`, template: application },
    { name: `${service}-${stage}-data`, template: data },
  ]
}

const ROLES = z.enum(['deploy', 'drift', 'smoke', 'setup'], '--for must be deploy, drift, smoke or setup')
const USAGE = 'npm run -s deployer-policy -- --stage <stage> [--for deploy|drift|smoke|setup] [--boundary <policy ARN>]'

/** `npm run deployer-policy`: prints the policy of the role that deploys a stage, or of another role with `--for`. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { stage: { type: 'string' }, for: { type: 'string', default: 'deploy' }, boundary: { type: 'string' } },
  })
  const { stage, boundary } = values
  const region = process.env['AWS_REGION']
  if (stage === undefined) throw new SetupError(`Usage: ${USAGE}`)
  if (!region) throw new SetupError('Set AWS_REGION to the region of the stage.')
  const task = ROLES.safeParse(values.for)
  if (!task.success) throw new SetupError(task.error.issues[0]?.message)
  const stacks = await stageStacks('latchkey', stage)
  const policies = stagePolicies({ service: 'latchkey', stage, region, stacks, boundary })
  console.log(JSON.stringify(policies[task.data], null, 2))
}

if (import.meta.main) await main().catch(exitWithError)
