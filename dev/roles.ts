/** Actions that a function may be given on a table; an index has `Query` alone. */
const ACTIONS = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'PutItem', 'UpdateItem', 'DeleteItem', 'DescribeTable']
const actions = { type: 'array', items: { enum: ACTIONS }, minItems: 1 }

/** Actions that a function may be given on the objects of a folder of the bucket. */
const FILE_ACTIONS = [
  'AbortMultipartUpload',
  'DeleteObject',
  'GetObject',
  'ListBucket',
  'ListMultipartUploadParts',
  'PutObject',
]
const FOLDERS = ['measurements', 'submissions', 'exports']
const fileActions = { type: 'array', items: { enum: FILE_ACTIONS }, minItems: 1 }

/**
 * `permissions` of a function in serverless.yml: its actions by table (`clients`) or index (`clients/salted`), and the
 * parameters that it reads. In tables with several kinds of items, actions are listed by kind (`salt: [GetItem]`).
 * `buses` has its actions on the event buses of webhooks.yml, and `files` those on the bucket, by folder (`exports:
 * [GetObject]`). `functions` are those that it calls.
 */
export const PERMISSIONS_SCHEMA = {
  type: 'object',
  properties: {
    parameters: { type: 'array', items: { type: 'string' }, minItems: 1 },
    buses: { type: 'array', items: { enum: ['PutEvents'] }, minItems: 1 },
    files: {
      type: 'object',
      properties: Object.fromEntries(FOLDERS.map((folder) => [folder, fileActions])),
      additionalProperties: false,
    },
    functions: { type: 'array', items: { type: 'string' }, minItems: 1 },
  },
  additionalProperties: { anyOf: [actions, { type: 'object', additionalProperties: actions }] },
}

type Actions = readonly string[]

/** `permissions` of a function: the parameters it reads, and what it does on each table or index and elsewhere. */
export interface Permissions {
  parameters?: readonly string[]
  buses?: Actions
  files?: Readonly<Record<string, Actions>>
  functions?: readonly string[]
  [place: string]: Actions | Readonly<Record<string, Actions>> | undefined
}

export interface RoleOptions {
  /** Where the stage's parameters are in SSM. */
  parameterPath: string
  /** How the ARNs of the stage's tables start, before `-<table>`. */
  tablePath: string
  /** The name of the stage's bucket, and how the names of its functions start. */
  bucket: string
  functionPrefix: string
  /** What webhooks.yml has for the stage: event buses, and parameters with secrets. */
  webhooks?: { buses: readonly string[]; secrets: readonly string[]; targetSecrets: readonly string[] }
  tracing: boolean
  /** ARN of a policy that limits every role. */
  boundary?: string | undefined
}

/** The indexes that functions use. */
export const indexesOf = (permissions: readonly Permissions[]): { table: string; index: string }[] =>
  [...new Set(permissions.flatMap((places) => Object.keys(places)))].flatMap((place) => {
    const [table = '', index] = place.split('/')
    return index === undefined ? [] : [{ table, index }]
  })

const capitalised = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`

/** The logical id of a function's role. */
export const roleId = (functionName: string): string => `${capitalised(functionName)}Role`

/**
 * The role of a function: its log, its traces and its permissions. Each function has its own role, so that a compromised
 * function reaches no other data. A condition on the leading key limits it to its kinds of items.
 */
export function role(
  functionName: string,
  { parameters = [], buses = [], files = {}, functions = [], ...tables }: Permissions,
  { parameterPath, tablePath, bucket, functionPrefix, webhooks = NO_WEBHOOKS, tracing, boundary }: RoleOptions,
) {
  const statements = [
    allow(
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [{ 'Fn::Sub': `\${${capitalised(functionName)}LogGroup.Arn}` }],
    ),
    // X-Ray knows no resources.
    ...(tracing ? [allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*'])] : []),
    ...Object.entries(tables).flatMap(([place, actions]) =>
      tableStatements(`${tablePath}-${place.replace('/', '/index/')}`, actions ?? []),
    ),
  ]
  const names = parameters.flatMap((name) =>
    name === 'WEBHOOK_*' ? webhooks.secrets : name === 'WEBHOOK_TARGET_*' ? webhooks.targetSecrets : [name],
  )
  if (names.length > 0) {
    const paths = names.map((name) => ({ 'Fn::Sub': `${parameterPath}/${name}` }))
    statements.push(allow(['ssm:GetParameters'], paths))
  }
  if (buses.length > 0 && webhooks.buses.length > 0) {
    const events = buses.map((action) => `events:${action}`)
    const resources = [...new Set(webhooks.buses)].map((name) => ({ 'Fn::Sub': `${BUS_PATH}/${name}` }))
    statements.push(allow(events, resources))
  }
  statements.push(...fileStatements(bucket, files))
  if (functions.length > 0) {
    const arns = functions.map((name) => ({ 'Fn::Sub': `${FUNCTION_PATH}:${functionPrefix}${name}` }))
    statements.push(allow(['lambda:InvokeFunction'], arns))
  }
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: document([
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      ]),
      ...(boundary !== undefined && { PermissionsBoundary: boundary }),
      Policies: [{ PolicyName: 'permissions', PolicyDocument: document(statements) }],
    },
  }
}

const NO_WEBHOOKS = { buses: [], secrets: [], targetSecrets: [] }
const BUS_PATH = `arn:\${AWS::Partition}:events:\${AWS::Region}:\${AWS::AccountId}:event-bus`
const FUNCTION_PATH = `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function`

const document = (Statement: readonly object[]) => ({ Version: '2012-10-17', Statement })
const allow = (Action: readonly string[], Resource: readonly unknown[]) => ({ Effect: 'Allow', Action, Resource })

function tableStatements(arn: string, actions: Actions | Readonly<Record<string, Actions>>): object[] {
  const resources = [{ 'Fn::Sub': arn }]
  if (isList(actions)) return [allow(dynamodbActions(actions), resources)]
  const kindsByActions = Map.groupBy(Object.entries(actions), ([, allowed]) => allowed.join())
  return [...kindsByActions.values()].map((kinds) => ({
    ...allow(dynamodbActions(kinds[0]?.[1] ?? []), resources),
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': kinds.map(([kind]) => `${kind}#*`) },
      // ForAllValues is true for a request without any key.
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  }))
}

/** Objects have their folder in the ARN. A list of keys is of the bucket, and a condition limits it to folders. */
function fileStatements(bucket: string, files: Readonly<Record<string, Actions>>) {
  const arn = `arn:\${AWS::Partition}:s3:::${bucket}`
  const folders = Object.entries(files)
  const listed = folders.flatMap(([folder, actions]) => (actions.includes('ListBucket') ? [folder] : []))
  const onObjects = folders.flatMap(([folder, actions]) => {
    const others = actions.filter((action) => action !== 'ListBucket').map((action) => `s3:${action}`)
    return others.length === 0 ? [] : [{ actions: others, resource: { 'Fn::Sub': `${arn}/${folder}/*` } }]
  })
  const byActions = Map.groupBy(onObjects, ({ actions }) => actions.join())
  return [
    ...[...byActions.values()].map((same) =>
      allow(
        same[0]?.actions ?? [],
        same.map(({ resource }) => resource),
      ),
    ),
    ...(listed.length === 0
      ? []
      : [
          {
            ...allow(['s3:ListBucket'], [{ 'Fn::Sub': arn }]),
            Condition: { StringLike: { 's3:prefix': listed.map((folder) => `${folder}/*`) } },
          },
        ]),
  ]
}

const isList = (actions: Actions | Readonly<Record<string, Actions>>): actions is Actions => Array.isArray(actions)

const dynamodbActions = (names: Actions) => names.map((name) => `dynamodb:${name}`)
