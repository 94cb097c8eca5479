import { errorRate } from './alarm-definitions.ts'
import { alarmResources, type Resource, type Resources } from './alarm-resource.ts'

/** Functions whose errors lose data, or block every app. */
const SHIFTED = ['upload', 'token', 'webhook', 'approve']
const ALIAS = 'live'
/** Seconds. Short, because a shift takes ten minutes. */
const PERIOD_S = 60

/** What the framework needs to make a version of a function, and to let routes call its alias. */
interface ShiftedFunction {
  versionFunction?: boolean
  targetAlias?: { name: string; logicalId: string }
}

const capitalised = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`
const aliasId = (name: string): string => `${capitalised(name)}LiveAlias`
const groupId = (name: string): string => `${capitalised(name)}DeploymentGroup`
const alarmOf = (name: string): string => `${capitalised(name)}LiveErrors`

/** Alarms with which CodeDeploy shifts requests back, besides ServerErrors. */
export const SHIFT_ALARMS = SHIFTED.map(alarmOf)

/** Before the framework makes the template. */
export function prepareShifting(functions: Readonly<Record<string, object>>): void {
  for (const name of SHIFTED)
    Object.assign(functions[name] ?? {}, {
      versionFunction: true,
      targetAlias: { name: ALIAS, logicalId: aliasId(name) },
    } satisfies ShiftedFunction)
}

interface Stage {
  prefix: string
  /** ARN of the permissions boundary of every role. */
  boundary?: string | undefined
  /** Alarms that are firing already, with which CodeDeploy would stop every deployment. */
  ignoredAlarms: readonly string[]
}

/**
 * The resources that shift the requests of a few functions to their new version by 10 % a minute. CodeDeploy shifts them
 * back if an alarm fires. `resources` must contain the versions of the framework. They are deleted once they are unused:
 * AWS publishes the same code again only if its version is gone, as after a rollback.
 */
export function trafficShifting(resources: Resources, stage: Stage): Resources {
  return {
    ShiftingApplication: {
      Type: 'AWS::CodeDeploy::Application',
      Properties: { ApplicationName: `${stage.prefix}-shifting`, ComputePlatform: 'Lambda' },
    },
    ShiftingRole: role(stage),
    ...Object.assign({}, ...SHIFTED.map((name) => functionResources(resources, stage, name))),
  }
}

function functionResources(resources: Resources, { prefix, ignoredAlarms }: Stage, name: string): Resources {
  const lambdaId = `${capitalised(name)}LambdaFunction`
  const functionName = `${prefix}-${name}`
  const alarm = alarmOf(name)
  const dimensions = { Resource: `${functionName}:${ALIAS}` }
  // The alarm of the alias ignores errors that produced a response, which ServerErrors includes.
  const alarms = [alarm, 'ServerErrors'].filter((id) => !ignoredAlarms.includes(id))
  const [versionId, version] = versionOf(resources, lambdaId)
  version.DeletionPolicy = 'Delete'
  return {
    [aliasId(name)]: {
      Type: 'AWS::Lambda::Alias',
      Properties: {
        FunctionName: { Ref: lambdaId },
        FunctionVersion: { 'Fn::GetAtt': [versionId, 'Version'] },
        Name: ALIAS,
      },
      UpdatePolicy: {
        CodeDeployLambdaAliasUpdate: {
          ApplicationName: { Ref: 'ShiftingApplication' },
          DeploymentGroupName: { Ref: groupId(name) },
        },
      },
    },
    [groupId(name)]: {
      Type: 'AWS::CodeDeploy::DeploymentGroup',
      Properties: {
        ApplicationName: { Ref: 'ShiftingApplication' },
        DeploymentGroupName: functionName,
        ServiceRoleArn: { 'Fn::GetAtt': ['ShiftingRole', 'Arn'] },
        DeploymentConfigName: 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute',
        DeploymentStyle: { DeploymentType: 'BLUE_GREEN', DeploymentOption: 'WITH_TRAFFIC_CONTROL' },
        AlarmConfiguration: {
          Enabled: alarms.length > 0,
          Alarms: alarms.map((id) => ({ Name: { Ref: `${id}Alarm` } })),
        },
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
        },
      },
    },
    ...alarmResources(prefix, { [alarm]: errorRate([functionName], { period: PERIOD_S, dimensions }) }, 'critical'),
  }
}

function versionOf(resources: Resources, lambdaId: string): [id: string, version: Resource] {
  const entry = Object.entries(resources).find(
    ([, { Type, Properties }]) =>
      Type === 'AWS::Lambda::Version' &&
      JSON.stringify(Properties['FunctionName']) === JSON.stringify({ Ref: lambdaId }),
  )
  if (entry === undefined) throw new Error(`${lambdaId} has no version in the template.`)
  return entry
}

function role({ prefix, boundary }: Stage): Resource {
  const arn = (service: string, path: string) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${path}`,
  })
  const allow = (Action: string[], Resource: unknown[]) => ({ Effect: 'Allow', Action, Resource })
  const document = (Statement: object[]) => ({ Version: '2012-10-17', Statement })
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: document([
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'codedeploy.amazonaws.com' } },
      ]),
      ...(boundary !== undefined && { PermissionsBoundary: boundary }),
      Policies: [
        {
          PolicyName: 'permissions',
          PolicyDocument: document([
            allow(
              ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'],
              SHIFTED.flatMap((name) => [`function:${prefix}-${name}`, `function:${prefix}-${name}:${ALIAS}`]).map(
                (path) => arn('lambda', path),
              ),
            ),
            allow(['cloudwatch:DescribeAlarms'], ['*']),
          ]),
        },
      ],
    },
  }
}
