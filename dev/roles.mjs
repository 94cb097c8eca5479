/** Actions that a function may be given on a table; an index has `Query` alone. */
const ACTIONS = ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'DescribeTable']
const actions = { type: 'array', items: { enum: ACTIONS }, minItems: 1 }

/**
 * `rights` of a function in serverless.yml: for each table (`clients`) or index (`clients/salted`) what it does there,
 * where a table holds several kinds of items for each kind (`salt: [GetItem]`), and the parameters that it reads.
 */
export const RIGHTS = {
  type: 'object',
  properties: { parameters: { type: 'array', items: { type: 'string' }, minItems: 1 } },
  additionalProperties: { anyOf: [actions, { type: 'object', additionalProperties: actions }] },
}

const named = (name) => `${name[0].toUpperCase()}${name.slice(1)}`
export const roleOf = (functionName) => `${named(functionName)}Role`

/**
 * The role of a function: its own log and its own traces, and its rights. Roles are per function, so that a hole in one
 * opens no other; a condition on the leading key keeps each to its kinds of items.
 */
export function role(functionName, { parameters = [], ...tables }, parameterPath) {
  const statements = [
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [{ 'Fn::Sub': `\${${named(functionName)}LogGroup.Arn}` }]),
    // X-Ray knows no resources.
    allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*']),
    ...Object.entries(tables).flatMap(([place, what]) => onTable(place, what)),
  ]
  if (parameters.length > 0) {
    const paths = parameters.map((name) => ({ 'Fn::Sub': `${parameterPath}/${name}` }))
    statements.push(allow(['ssm:GetParameters'], paths))
  }
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: document([
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      ]),
      Policies: [{ PolicyName: 'rights', PolicyDocument: document(statements) }],
    },
  }
}

const document = (Statement) => ({ Version: '2012-10-17', Statement })
const allow = (Action, Resource) => ({ Effect: 'Allow', Action, Resource })

function onTable(place, what) {
  const [table, index] = place.split('/')
  const resource = index === undefined ? table : { table, index }
  if (Array.isArray(what)) return [allow(dynamodb(what), [arn(resource)])]
  const kinds = Map.groupBy(Object.keys(what), (kind) => what[kind].join())
  return [...kinds.values()].map((same) => ({
    ...allow(dynamodb(what[same[0]]), [arn(resource)]),
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': same.map((kind) => `${kind}#*`) },
      // Of no key at all, all would be true.
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  }))
}

const dynamodb = (names) => names.map((name) => `dynamodb:${name}`)
const arn = (resource) =>
  typeof resource === 'string'
    ? { 'Fn::GetAtt': [`${named(resource)}Table`, 'Arn'] }
    : { 'Fn::Sub': `\${${named(resource.table)}Table.Arn}/index/${resource.index}` }
