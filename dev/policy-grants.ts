/** Actions on resources, without the effect, which is always to allow. */
export interface Grant {
  Action: string[]
  Resource: readonly string[]
  Condition?: Record<string, Record<string, string | readonly string[]>>
}

interface Scope {
  service: string
  stage: string
  region: string
  stacks: readonly string[]
}

export type Names = ReturnType<typeof resourceNames>

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

/** The names of a stage's resources, as ARNs of every account: a role reaches only the resources of its own. */
export function resourceNames({ service, stage, region, stacks }: Scope) {
  const partition = partitionOf(region)
  const prefix = `${service}-${stage}`
  const regional = (name: string, path: string) => `arn:${partition}:${name}:${region}:*:${path}`
  const inApiGateway = (path: string) => `arn:${partition}:apigateway:${region}::${path}`
  const bucket = (name: string) => `arn:${partition}:s3:::${prefix.toLowerCase()}-${name}*`
  return {
    region,
    stacks: stacks.map((name) => regional('cloudformation', `stack/${name}/*`)),
    deploymentBucket: [bucket('serverlessdeploymentbucket')],
    filesBucket: [bucket('files-')],
    functions: [regional('lambda', `function:${prefix}-*`)],
    logGroups: [`/aws/lambda/${prefix}-*`, `/aws/http-api/${prefix}`, `/aws/http-api/${prefix}:*`].map((name) =>
      regional('logs', `log-group:${name}`),
    ),
    rules: [regional('events', `rule/${prefix}-*`)],
    topics: [regional('sns', `${prefix}-*`)],
    tables: [regional('dynamodb', `table/${prefix}-*`)],
    alarms: [regional('cloudwatch', `alarm:${prefix}-*`)],
    dashboards: [`arn:${partition}:cloudwatch::*:dashboard/${prefix}*`],
    // API Gateway chooses the ids of APIs, so that their names do not contain the stage.
    apis: ['/apis', '/apis/*', '/tags/*'].map(inApiGateway),
    domains: ['/domainnames', '/domainnames/*'].map(inApiGateway),
    apiGatewayRole: [`arn:${partition}:iam::*:role/aws-service-role/ops.apigateway.amazonaws.com/*`],
    roles: [`arn:${partition}:iam::*:role/${prefix}-*`],
    codedeploy: ['application:', 'deploymentgroup:'].map((kind) => regional('codedeploy', `${kind}${prefix}-*`)),
    codedeployConfigs: [regional('codedeploy', 'deploymentconfig:*')],
    vault: [regional('backup', `backup-vault:${prefix}`)],
    // AWS Backup chooses the ids of plans.
    plans: [regional('backup', 'backup-plan:*')],
    parameters: [regional('ssm', `parameter/${service}/${stage}/*`)],
  }
}

const grant = (service: string, actions: readonly string[], Resource: readonly string[]): Grant => ({
  Action: actions.map((action) => `${service}:${action}`),
  Resource,
})

/** That of deployments, and that of files, whose objects can be neither read nor deleted. */
const buckets = (names: Names) => [
  grant('s3', ['*'], names.deploymentBucket),
  grant(
    's3',
    [
      'CreateBucket',
      'DeleteBucketPolicy',
      'Get*Configuration',
      'GetBucket*',
      'List*',
      'Put*Configuration',
      'PutBucket*',
      'Tag*',
      'Untag*',
    ],
    names.filesBucket,
  ),
]
/** All but to invoke. */
const functions = (names: Names) => [
  grant(
    'lambda',
    ['Add*', 'Create*', 'Delete*', 'Get*', 'List*', 'Publish*', 'Put*', 'Remove*', 'Tag*', 'Untag*', 'Update*'],
    names.functions,
  ),
]
const VERBS = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT', 'Tag*', 'Untag*']
const apis = (names: Names) => [
  grant('apigateway', VERBS, names.apis),
  // AWS knows no resources for the delivery of access logs.
  grant(
    'logs',
    [
      '*LogDelivery',
      'DescribeLogGroups',
      'DescribeResourcePolicies',
      'GetLogDelivery',
      'ListLogDeliveries',
      'PutResourcePolicy',
    ],
    ['*'],
  ),
]
const domains = (names: Names): Grant[] => [
  grant('apigateway', VERBS, names.domains),
  // The first domain of an account creates this role.
  {
    ...grant('iam', ['CreateServiceLinkedRole'], names.apiGatewayRole),
    Condition: { StringEquals: { 'iam:AWSServiceName': 'ops.apigateway.amazonaws.com' } },
  },
]
const topics = (names: Names) => [
  grant('sns', ['CreateTopic', 'DeleteTopic', 'Get*', 'List*', 'Set*', 'Tag*', 'Untag*'], names.topics),
]
const subscriptions = (names: Names) => [
  grant('sns', ['Subscribe'], names.topics),
  // AWS knows no resources for these.
  grant('sns', ['GetSubscriptionAttributes', 'SetSubscriptionAttributes', 'Unsubscribe'], ['*']),
]
const deployments = (names: Names) => [
  grant(
    'codedeploy',
    ['Create*', 'Delete*', 'Get*', 'List*', 'Register*', 'StopDeployment', 'Tag*', 'Untag*', 'Update*'],
    names.codedeploy,
  ),
  grant('codedeploy', ['GetDeploymentConfig'], names.codedeployConfigs),
]

const vault = (names: Names): Grant[] => [
  grant(
    'backup',
    ['*BackupVaultLockConfiguration', 'CreateBackupVault', 'Describe*', 'Get*', 'List*', 'Tag*', 'Untag*'],
    names.vault,
  ),
  // AWS knows no resources for this.
  grant('backup-storage', ['MountCapsule'], ['*']),
  // The vault is encrypted with a key that AWS manages.
  {
    ...grant('kms', ['CreateGrant', 'Decrypt', 'DescribeKey', 'GenerateDataKey', 'RetireGrant'], ['*']),
    Condition: { StringEquals: { 'kms:ViaService': `backup.${names.region}.amazonaws.com` } },
  },
]
const plans = (names: Names) => [
  grant('backup', ['*BackupPlan', '*BackupSelection', 'Get*', 'List*', 'Tag*', 'Untag*'], names.plans),
]

/** A role with another boundary, or without one, cannot be created. */
function roles(names: Names, boundary: string | undefined): Grant[] {
  const guarded = ['CreateRole', 'PutRolePolicy', 'AttachRolePolicy', 'DetachRolePolicy', 'DeleteRolePolicy']
  const others = ['DeleteRole', 'GetRole*', 'List*', 'TagRole', 'UntagRole', 'UpdateAssumeRolePolicy', 'UpdateRole']
  if (boundary === undefined) return [grant('iam', [...guarded, ...others], names.roles)]
  return [
    {
      ...grant('iam', [...guarded, 'PutRolePermissionsBoundary'], names.roles),
      Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
    },
    grant('iam', others, names.roles),
  ]
}

/**
 * What CloudFormation calls with the deployer's permissions, by type of resource. A table or the bucket of files can be
 * neither deleted nor read: no deployment needs to remove data.
 */
const GRANTS: Readonly<Record<string, (names: Names, boundary: string | undefined) => Grant[]>> = {
  'AWS::ApiGatewayV2::Api': apis,
  'AWS::ApiGatewayV2::ApiMapping': domains,
  'AWS::ApiGatewayV2::DomainName': domains,
  'AWS::ApiGatewayV2::Integration': apis,
  'AWS::ApiGatewayV2::Route': apis,
  'AWS::ApiGatewayV2::Stage': apis,
  'AWS::Backup::BackupPlan': plans,
  'AWS::Backup::BackupSelection': plans,
  'AWS::Backup::BackupVault': vault,
  'AWS::CloudWatch::Alarm': (names) => [
    grant('cloudwatch', ['DeleteAlarms', 'ListTagsForResource', 'PutMetricAlarm', 'Tag*', 'Untag*'], names.alarms),
  ],
  'AWS::CloudWatch::Dashboard': (names) => [
    grant('cloudwatch', ['DeleteDashboards', 'GetDashboard', 'PutDashboard'], names.dashboards),
  ],
  'AWS::CodeDeploy::Application': deployments,
  'AWS::CodeDeploy::DeploymentGroup': deployments,
  'AWS::DynamoDB::Table': (names) => [
    grant(
      'dynamodb',
      [
        'CreateTable',
        'Describe*',
        'ListTagsOfResource',
        'Tag*',
        'Untag*',
        'UpdateContinuousBackups',
        'UpdateContributorInsights',
        'UpdateTable',
        'UpdateTimeToLive',
      ],
      names.tables,
    ),
  ],
  'AWS::Events::Rule': (names) => [
    grant('events', ['*Rule', '*Targets', 'DescribeRule', 'List*', 'Tag*', 'Untag*'], names.rules),
  ],
  'AWS::IAM::Role': roles,
  'AWS::Lambda::Alias': functions,
  'AWS::Lambda::EventInvokeConfig': functions,
  'AWS::Lambda::Function': functions,
  'AWS::Lambda::Permission': functions,
  'AWS::Lambda::Version': functions,
  'AWS::Logs::LogGroup': (names) => [
    grant(
      'logs',
      ['CreateLogGroup', 'DeleteLogGroup', 'DeleteRetentionPolicy', 'List*', 'PutRetentionPolicy', 'Tag*', 'Untag*'],
      names.logGroups,
    ),
  ],
  'AWS::Logs::MetricFilter': (names) => [
    grant('logs', ['DeleteMetricFilter', 'DescribeMetricFilters', 'PutMetricFilter'], names.logGroups),
  ],
  'AWS::S3::Bucket': buckets,
  'AWS::S3::BucketPolicy': buckets,
  'AWS::SNS::Subscription': subscriptions,
  'AWS::SNS::Topic': topics,
}

/** Throws for a type of resource that has no grants here. */
export function grantsOf(type: string, names: Names, boundary: string | undefined): Grant[] {
  const grants = GRANTS[type]
  if (grants === undefined) throw new Error(`${type} has no grants for the deployer: add them to dev/policy-grants.ts.`)
  return grants(names, boundary)
}
