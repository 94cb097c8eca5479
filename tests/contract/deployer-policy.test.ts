// @module-tag local-only
// It checks files, not the HTTP API.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { backupResources } from '../../dev/data-template.ts'
import {
  MAX_POLICY_CHARACTERS,
  type Policy,
  readStackTemplate,
  type Stack,
  stagePolicies,
} from '../../dev/deployer-policy.ts'
import { bucketIssues } from '../../dev/files-bucket.ts'
import { dataTemplateFile } from '../../dev/package-template.ts'
import { trafficShifting } from '../../dev/traffic-shifting.ts'
import { withVersions } from '../support/versions.ts'

const resources = z.record(
  z.string(),
  z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
)
const stage = 'local'
const file = inject('templateFile')
const application = { name: 'latchkey-local', template: await readStackTemplate(file) }
const data = { name: 'latchkey-local-data', template: await readStackTemplate(dataTemplateFile(file)) }
const withOptions = (stack: Stack, options: Stack['template']['Resources']): Stack => ({
  ...stack,
  template: { Resources: { ...stack.template.Resources, ...options } },
})
const versions = withVersions(resources.parse(application.template.Resources))
const tables = Object.entries(data.template.Resources).flatMap(([id, { Type }]) =>
  Type === 'AWS::DynamoDB::Table' ? [id] : [],
)
/** With SHIFT_TRAFFIC, BACKUP_DAYS and BACKUP_LOCK. */
const stacks = [
  withOptions(application, {
    ...versions,
    ...trafficShifting(versions, { prefix: 'latchkey-local', ignoredAlarms: [] }),
  }),
  withOptions(data, backupResources(stage, tables, 35, { BACKUP_LOCK: true })),
]
const region = 'eu-central-1'
const boundary = 'arn:aws:iam::123456789012:policy/boundary'
const policies = stagePolicies({ service: 'latchkey', stage, region, stacks })
const bounded = stagePolicies({ service: 'latchkey', stage, region, stacks, boundary })

/** A pattern of IAM: `*` matches any characters. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`).test(text)

/** Whether a policy allows an action on a resource, in a request with these condition keys. */
function allows({ Statement }: Policy, action: string, arn: string, keys: Record<string, string> = {}): boolean {
  return Statement.some(
    ({ Action, Resource, Condition = {} }) =>
      Action.some((pattern) => matches(pattern, action)) &&
      Resource.some((pattern) => matches(pattern, arn)) &&
      Object.values(Condition).every((tests) =>
        Object.entries(tests).every(([key, expected]) => [expected].flat().includes(keys[key] ?? '')),
      ),
  )
}

/** The first call of CloudFormation for each type, and the name of the resource. Names from CloudFormation have a suffix. */
const CREATIONS: Record<string, (id: string, properties: Record<string, unknown>) => [action: string, arn: string]> = {
  'AWS::ApiGatewayV2::Api': () => ['apigateway:POST', apiGateway('/apis')],
  'AWS::ApiGatewayV2::ApiMapping': () => ['apigateway:POST', apiGateway('/domainnames/api.example.org/apimappings')],
  'AWS::ApiGatewayV2::DomainName': () => ['apigateway:POST', apiGateway('/domainnames')],
  'AWS::ApiGatewayV2::Integration': () => ['apigateway:POST', apiGateway('/apis/abc/integrations')],
  'AWS::ApiGatewayV2::Route': () => ['apigateway:POST', apiGateway('/apis/abc/routes')],
  'AWS::ApiGatewayV2::Stage': () => ['apigateway:POST', apiGateway('/apis/abc/stages')],
  'AWS::Backup::BackupPlan': () => ['backup:CreateBackupPlan', arnOf('backup', 'backup-plan:1')],
  'AWS::Backup::BackupSelection': () => ['backup:CreateBackupSelection', arnOf('backup', 'backup-plan:1')],
  'AWS::Backup::BackupVault': (_, { BackupVaultName }) => [
    'backup:CreateBackupVault',
    arnOf('backup', `backup-vault:${BackupVaultName}`),
  ],
  'AWS::CloudWatch::Alarm': (_, { AlarmName }) => [
    'cloudwatch:PutMetricAlarm',
    arnOf('cloudwatch', `alarm:${AlarmName}`),
  ],
  'AWS::CloudWatch::Dashboard': (_, { DashboardName }) => [
    'cloudwatch:PutDashboard',
    `arn:aws:cloudwatch::123456789012:dashboard/${DashboardName}`,
  ],
  'AWS::CodeDeploy::Application': (id) => [
    'codedeploy:CreateApplication',
    arnOf('codedeploy', `application:${named(id)}`),
  ],
  'AWS::CodeDeploy::DeploymentGroup': (id) => [
    'codedeploy:CreateDeploymentGroup',
    arnOf('codedeploy', `deploymentgroup:${named('App')}/${named(id)}`),
  ],
  'AWS::DynamoDB::Table': (_, { TableName }) => ['dynamodb:CreateTable', arnOf('dynamodb', `table/${TableName}`)],
  'AWS::Events::Rule': (id) => ['events:PutRule', arnOf('events', `rule/${named(id)}`)],
  'AWS::IAM::Role': (id) => ['iam:CreateRole', `arn:aws:iam::123456789012:role/${named(id)}`],
  'AWS::Lambda::Alias': () => ['lambda:CreateAlias', arnOf('lambda', 'function:latchkey-local-token')],
  'AWS::Lambda::EventInvokeConfig': () => [
    'lambda:PutFunctionEventInvokeConfig',
    arnOf('lambda', 'function:latchkey-local-retryJobs'),
  ],
  'AWS::Lambda::Function': (_, { FunctionName }) => [
    'lambda:CreateFunction',
    arnOf('lambda', `function:${FunctionName}`),
  ],
  'AWS::Lambda::Permission': () => ['lambda:AddPermission', arnOf('lambda', 'function:latchkey-local-token')],
  'AWS::Lambda::Version': () => ['lambda:PublishVersion', arnOf('lambda', 'function:latchkey-local-token')],
  'AWS::Logs::LogGroup': (_, { LogGroupName }) => ['logs:CreateLogGroup', arnOf('logs', `log-group:${LogGroupName}`)],
  'AWS::Logs::MetricFilter': () => ['logs:PutMetricFilter', arnOf('logs', 'log-group:/aws/http-api/latchkey-local:*')],
  'AWS::S3::Bucket': (id) => ['s3:CreateBucket', bucketArn(id)],
  'AWS::S3::BucketPolicy': (id) => ['s3:PutBucketPolicy', bucketArn(id)],
  'AWS::SNS::Subscription': () => ['sns:Subscribe', arnOf('sns', 'latchkey-local-alarms')],
  'AWS::SNS::Topic': (_, { TopicName }) => ['sns:CreateTopic', arnOf('sns', String(TopicName))],
}
const properties = z.record(z.string(), z.unknown()).default({})
const arnOf = (service: string, path: string) => `arn:aws:${service}:${region}:123456789012:${path}`
const FILES = 'arn:aws:s3:::latchkey-local-files-123456789012-eu-central-1'
const bucketArn = (id: string) =>
  id.startsWith('FilesBucket') ? FILES : 'arn:aws:s3:::latchkey-local-serverlessdeploymentbucket-1x2y3z'
const apiGateway = (path: string) => `arn:aws:apigateway:${region}::${path}`
const named = (id: string) => `latchkey-local-${id}-1X2Y3Z`

describe('the policy of the deployer', () => {
  it('allows to create every resource of the templates, by its name', () => {
    const resources = stacks.flatMap(({ template: { Resources } }) => Object.entries(Resources))
    expect(resources.length).toBeGreaterThan(200)
    const denied = resources.flatMap(([id, { Type, Properties }]) => {
      const creation = CREATIONS[Type]?.(id, properties.parse(Properties))
      if (creation === undefined) return [`${Type}: add its creation to this test`]
      return allows(bounded.deploy, ...creation, { 'iam:PermissionsBoundary': boundary }) &&
        allows(policies.deploy, ...creation)
        ? []
        : [creation.join(' ')]
    })
    expect(denied).toEqual([])
  })

  it('reaches AWS Backup only if the stage has backups', () => {
    const { deploy } = stagePolicies({ service: 'latchkey', stage, region, stacks: [application, data] })
    expect(JSON.stringify(deploy)).not.toMatch(/backup:|kms:/)
    expect(JSON.stringify(policies.deploy)).toMatch(/backup:/)
  })

  it.each([
    'PutLifecycleConfiguration',
    'PutEncryptionConfiguration',
    'PutBucketCORS',
    'PutBucketPublicAccessBlock',
    'PutBucketOwnershipControls',
    'PutBucketTagging',
    'GetBucketPolicy',
    'GetLifecycleConfiguration',
    'DeleteBucketPolicy',
    'ListBucket',
  ])('configures the bucket of files with %s', (action) => {
    expect(allows(policies.deploy, `s3:${action}`, FILES)).toBe(true)
  })

  it('protects and examines both stacks', () => {
    for (const { name } of stacks)
      for (const action of ['SetStackPolicy', 'UpdateTerminationProtection', 'DetectStackDrift', 'ExecuteChangeSet'])
        expect(allows(policies.deploy, `cloudformation:${action}`, arnOf('cloudformation', `stack/${name}/1`))).toBe(
          true,
        )
  })

  it('allows to ask for the alarms that roll a deployment back', () => {
    expect(allows(policies.deploy, 'cloudwatch:DescribeAlarms', '*')).toBe(true)
  })

  it('does not exist for a type of resource without grants', () => {
    const unknown = { name: 'latchkey-local', template: { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } } }
    expect(() => stagePolicies({ service: 'latchkey', stage, region, stacks: [unknown] })).toThrow(
      'AWS::SQS::Queue has no grants for the deployer: add them to dev/policy-grants.ts.',
    )
  })

  it.each([
    ['dynamodb:DeleteTable', arnOf('dynamodb', 'table/latchkey-local-clients')],
    ['backup:DeleteBackupVault', arnOf('backup', 'backup-vault:latchkey-local')],
    ['backup:DeleteRecoveryPoint', arnOf('backup', 'backup-vault:latchkey-local')],
    ['dynamodb:GetItem', arnOf('dynamodb', 'table/latchkey-local-clients')],
    ['s3:DeleteBucket', FILES],
    ['s3:GetObject', `${FILES}/submissions/1`],
    ['s3:DeleteObject', `${FILES}/submissions/1`],
    ['s3:PutObject', `${FILES}/submissions/1`],
    ['s3:CreateBucket', 'arn:aws:s3:::latchkey-local2-files-123456789012-eu-central-1'],
    ['dynamodb:CreateTable', arnOf('dynamodb', 'table/other-local-clients')],
    ['lambda:InvokeFunction', arnOf('lambda', 'function:latchkey-local-token')],
    ['lambda:UpdateFunctionCode', arnOf('lambda', 'function:latchkey-local2-token')],
    ['cloudformation:DeleteStack', arnOf('cloudformation', 'stack/latchkey-local2/1')],
    ['logs:DeleteLogGroup', arnOf('logs', 'log-group:/aws/http-api/latchkey-local2')],
    ['logs:FilterLogEvents', arnOf('logs', 'log-group:/aws/lambda/latchkey-local-token')],
    ['ssm:GetParameters', arnOf('ssm', 'parameter/latchkey/local/SEAL_KEY')],
    ['iam:CreateRole', 'arn:aws:iam::123456789012:role/admin'],
    ['iam:CreateUser', 'arn:aws:iam::123456789012:user/latchkey-local-user'],
    ['sts:AssumeRole', 'arn:aws:iam::123456789012:role/latchkey-local-TokenRole-1X2Y3Z'],
  ])('does not allow %s on %s', (action, arn) => {
    expect(allows(policies.deploy, action, arn)).toBe(false)
  })

  it('passes the roles of the stage to the services that they trust only', () => {
    const role = `arn:aws:iam::123456789012:role/${named('TokenRole')}`
    const passes = (service: string) =>
      allows(policies.deploy, 'iam:PassRole', role, { 'iam:PassedToService': service })
    expect(passes('lambda.amazonaws.com')).toBe(true)
    expect(passes('ec2.amazonaws.com')).toBe(false)
    expect(allows(policies.deploy, 'iam:PassRole', role)).toBe(false)
  })

  it('creates and changes roles only with the boundary, if there is one', () => {
    const role = `arn:aws:iam::123456789012:role/${named('TokenRole')}`
    for (const action of ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:AttachRolePolicy']) {
      expect(allows(bounded.deploy, action, role)).toBe(false)
      expect(allows(bounded.deploy, action, role, { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/x' })).toBe(
        false,
      )
      expect(allows(bounded.deploy, action, role, { 'iam:PermissionsBoundary': boundary })).toBe(true)
    }
    expect(allows(bounded.deploy, 'iam:DeleteRolePermissionsBoundary', role)).toBe(false)
  })

  it('fits into a managed policy of IAM, also with the longest name of a stage', () => {
    const stage = 'a'.repeat(20)
    expect(bucketIssues('latchkey', `${stage}a`, 'ap-southeast-1')).toHaveLength(1)
    const long = stagePolicies({
      service: 'latchkey',
      stage,
      region: 'ap-southeast-1',
      stacks,
      boundary,
    })
    for (const policy of Object.values(long)) expect(JSON.stringify(policy).length).toBeLessThan(MAX_POLICY_CHARACTERS)
  })

  it('has the partition of its region', () => {
    const partitions = ['cn-north-1', 'us-gov-west-1'].map((name) => {
      const { deploy } = stagePolicies({ service: 'latchkey', stage, region: name, stacks })
      return new Set(deploy.Statement.flatMap(({ Resource }) => Resource).map((arn) => arn.split(':')[1]))
    })
    expect(partitions).toEqual([new Set(['aws-cn', undefined]), new Set(['aws-us-gov', undefined])])
  })
})

it('the policy for drift only reads the configuration', () => {
  const actions = policies.drift.Statement.flatMap(({ Action }) => Action)
  expect(actions).toEqual(
    expect.arrayContaining(['cloudformation:Detect*', 'apigateway:GET', 'lambda:Get*', 's3:Get*']),
  )
  expect(actions.filter((action) => !/:(?:Describe|Detect|Get|GET|List)/.test(action))).toEqual([])
  const [table, key] = ['table/latchkey-local-clients', 'parameter/latchkey/local/SEAL_KEY']
  expect(allows(policies.drift, 'dynamodb:GetItem', arnOf('dynamodb', table))).toBe(false)
  expect(allows(policies.drift, 'ssm:GetParameters', arnOf('ssm', key))).toBe(false)
})

it('the policy for setup allows exactly what the command line calls at Parameter Store', () => {
  const files = readdirSync('cli/support').map((file) => readFileSync(`cli/support/${file}`, 'utf8'))
  const imports = files.flatMap((text) => /import \{(.*)\} from '@aws-sdk\/client-ssm'/.exec(text)?.[1] ?? [])
  const commands = imports.flatMap((list) => [...list.matchAll(/(\w+)Command/g)].map(([, name]) => `ssm:${name}`))
  expect(policies.setup.Statement).toEqual([
    { Effect: 'Allow', Action: commands.toSorted(), Resource: [`arn:aws:ssm:${region}:*:parameter/latchkey/local/*`] },
  ])
})
