// @module-tag local-only
// It checks files, not the HTTP API.
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { describe, expect, inject, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { bundleOptions } from '../../dev/bundle.ts'
import { dataTemplateFile } from '../../dev/package-template.ts'
import { stageWebhooks } from '../../dev/webhooks-file.ts'
import { usesOf } from '../support/permissions.ts'

const named = z.tuple([z.string(), z.literal('Arn')])
/** Of a table, a parameter, an event bus or a function, whose name follows. */
const ARN =
  /^arn:\$\{AWS::Partition\}:(?:dynamodb|ssm|events|lambda):\$\{AWS::Region\}:\$\{AWS::AccountId\}:(?:table\/(?=latchkey-)|parameter(?=\/latchkey\/)|(?=event-bus\/|function:latchkey-local-))/
/** Of the bucket, or of the objects of a folder. */
const BUCKET_ARN =
  /^arn:\$\{AWS::Partition\}:s3:::latchkey-local-(files)-\$\{AWS::AccountId\}-\$\{AWS::Region\}(?=$|\/[a-z]+\/\*$)/
/** The short name of a resource: `latchkey-local-sessions/index/outbox`, `/latchkey/local/SEAL_KEY`, `TokenLogGroup`. */
const resource = z.union([
  z.literal('*'),
  z.strictObject({ 'Fn::GetAtt': named }).transform(({ 'Fn::GetAtt': [name] }) => name),
  z
    .strictObject({
      'Fn::Sub': z.union([/^\$\{\w+\.Arn\}$/, ARN, BUCKET_ARN].map((pattern) => z.string().regex(pattern))),
    })
    .transform(({ 'Fn::Sub': text }) =>
      text
        .replace(/^\$\{(\w+)\.Arn\}/, '$1')
        .replace(ARN, '')
        .replace(BUCKET_ARN, '$1'),
    ),
])
const oneOrMore = <T extends z.ZodType>(one: T) => z.union([z.array(one), one.transform((value) => [value])])
const statement = z.strictObject({
  Effect: z.literal('Allow'),
  Action: oneOrMore(z.string()),
  Resource: oneOrMore(resource),
  Condition: z
    .union([
      z
        .strictObject({
          'ForAllValues:StringLike': z.strictObject({ 'dynamodb:LeadingKeys': z.array(z.string()).min(1) }),
          Null: z.strictObject({ 'dynamodb:LeadingKeys': z.literal('false') }),
        })
        .transform((condition) => condition['ForAllValues:StringLike']['dynamodb:LeadingKeys']),
      z
        .strictObject({ StringLike: z.strictObject({ 's3:prefix': z.array(z.string()).min(1) }) })
        .transform((condition) => condition.StringLike['s3:prefix']),
    ])
    .optional(),
})
const policy = z.strictObject({
  PolicyName: z.string(),
  PolicyDocument: z.strictObject({ Version: z.literal('2012-10-17'), Statement: z.array(statement) }),
})
/** Strict throughout: an unknown property, such as managed policies, might grant a permission. */
const role = z.strictObject({ AssumeRolePolicyDocument: z.unknown(), Policies: z.array(z.unknown()) })
const lambda = z.looseObject({
  Handler: z.string(),
  FunctionName: z.string(),
  Role: z.strictObject({ 'Fn::GetAtt': named }),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
  TracingConfig: z.object({ Mode: z.string() }).optional(),
})
const table = z.looseObject({
  TableName: z.string(),
  KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.string() })),
})
const serverlessFile = z.object({
  functions: z.record(
    z.string(),
    z.object({
      handler: z.string(),
      permissions: z.looseObject({ buses: z.array(z.string()).optional(), parameters: z.array(z.string()).optional() }),
    }),
  ),
})
const logGroup = z.looseObject({ LogGroupName: z.string() })

const template = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.unknown() })),
})
const resourcesOf = (file: string) => template.parse(JSON.parse(readFileSync(file, 'utf8'))).Resources
const application = resourcesOf(inject('templateFile'))
const Resources = { ...application, ...resourcesOf(dataTemplateFile(inject('templateFile'))) }
const ofType = <T>(type: string, schema: z.ZodType<T>): [string, T][] =>
  Object.entries(Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([name, { Properties }]) => [name, schema.parse(Properties)])
const tables = ofType('AWS::DynamoDB::Table', table)
const logGroups = ofType('AWS::Logs::LogGroup', logGroup)
const roles = new Map(ofType('AWS::IAM::Role', role))
const functions = ofType('AWS::Lambda::Function', lambda)

/** The deployed code without packages, not minified. Tree shaking leaves the code that a function can reach. */
const { outputFiles } = await build({
  ...bundleOptions(),
  write: false,
  packages: 'external',
  minifySyntax: false,
  minifyWhitespace: false,
})
const bundles = new Map(outputFiles.map(({ path, text }) => [path.replace(/^.*\/dist\//, 'dist/'), text]))

const rightsOf = (actions: string[], resources: string[], kinds: string[] = ['']) =>
  actions.flatMap((action) => resources.flatMap((on) => kinds.map((kind) => `${action} ${on} ${kind}`.trim())))

function codeOf(handler: string): string {
  const code = bundles.get(handler.replace(/\.handler$/, '.mjs'))
  if (code === undefined) throw new Error(`${handler} is not bundled`)
  return code
}

const deployedTable = (name: unknown) => tables.find(([, { TableName }]) => TableName === name)?.[1]

/** The settings of tables whose items have kinds. */
const keyedTables = (variables: Readonly<Record<string, unknown>>) =>
  new Set(Object.keys(variables).filter((name) => deployedTable(variables[name])?.KeySchema[0]?.AttributeName === 'id'))

/** The permissions of a function: those of its code, its log and, if it writes any, its traces. */
function needed({ Handler, FunctionName, Environment: { Variables }, TracingConfig }: z.output<typeof lambda>) {
  const logs = logGroups.flatMap(([name, { LogGroupName }]) =>
    LogGroupName === `/aws/lambda/${FunctionName}` ? [name] : [],
  )
  const { uses, files, secrets, putsEvents, startsWork, verifiesWebhooks, signsEvents } = usesOf(
    codeOf(Handler),
    keyedTables(Variables),
  )
  const used = uses.flatMap(({ action, table, index, kind }) => {
    const on = `${deployedTable(Variables[table])?.TableName ?? table}${index === undefined ? '' : `/index/${index}`}`
    return rightsOf([`dynamodb:${action}`], [on], kind === undefined ? undefined : [`${kind}*`])
  })
  const isTraced = TracingConfig?.Mode === 'Active'
  return new Set([
    ...rightsOf(['logs:CreateLogStream', 'logs:PutLogEvents'], logs),
    ...(isTraced ? rightsOf(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], ['*']) : []),
    ...used,
    ...files.flatMap(({ action, folder }) =>
      action === 'ListBucket'
        ? rightsOf([`s3:${action}`], ['files'], [`${folder}/*`])
        : rightsOf([`s3:${action}`], [`files/${folder}/*`]),
    ),
    ...(startsWork ? rightsOf(['lambda:InvokeFunction'], [`function:${Variables['PROCESS_FILES_FUNCTION']}`]) : []),
    ...(putsEvents
      ? rightsOf(
          ['events:PutEvents'],
          stageWebhooks('local').buses.map((name) => `event-bus/${name}`),
        )
      : []),
    ...[
      ...secrets,
      ...(verifiesWebhooks ? stageWebhooks('local').secrets : []),
      ...(signsEvents ? stageWebhooks('local').targetSecrets : []),
    ].flatMap((name) => rightsOf(['ssm:GetParameters'], [`${Variables['PARAMETER_PATH']}/${name}`])),
  ])
}

const granted = (policies: unknown): string[] =>
  z
    .array(policy)
    .parse(policies)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action, Resource, Condition }) => rightsOf(Action, Resource, Condition))

/** A duplicate is an excess as well: removing one of them would change nothing. */
function compare(needs: ReadonlySet<string>, policies: unknown) {
  const has = granted(policies)
  return {
    missing: [...needs].filter((right) => !has.includes(right)).toSorted(),
    surplus: has.filter((right, index) => !needs.has(right) || has.indexOf(right) < index).toSorted(),
  }
}

const cases = functions.map(([name, one]) => {
  const policies = roles.get(one.Role['Fn::GetAtt'][0])?.Policies
  return { name: name.replace('LambdaFunction', ''), needs: needed(one), policies }
})

describe('the roles', () => {
  it.each(cases)('$name has exactly the permissions that its code needs', ({ name, needs, policies }) => {
    const [initial = '', ...rest] = name
    expect(
      compare(needs, policies),
      `serverless.yml, ${initial.toLowerCase()}${rest.join('')}.permissions: add what is missing, remove the surplus`,
    ).toEqual({ missing: [], surplus: [] })
  })

  // The template shows these only if webhooks.yml has a provider with a secret, a target or a bus.
  it('are given the secrets of webhooks.yml in serverless.yml exactly if their code reads them', () => {
    const { functions: definitions } = serverlessFile.parse(
      parse(readFileSync('serverless.yml', 'utf8'), { logLevel: 'error' }),
    )
    const given = (name: string) =>
      Object.values(definitions).flatMap(({ handler, permissions }) =>
        permissions.parameters?.includes(name) ? [handler] : [],
      )
    const reading = (part: 'verifiesWebhooks' | 'signsEvents') =>
      functions.flatMap(([, { Handler, Environment }]) =>
        usesOf(codeOf(Handler), keyedTables(Environment.Variables))[part] ? [Handler] : [],
      )
    expect(given('WEBHOOK_*').toSorted()).toEqual(reading('verifiesWebhooks').toSorted())
    expect(given('WEBHOOK_TARGET_*').toSorted()).toEqual(reading('signsEvents').toSorted())
  })

  it('are given buses in serverless.yml exactly if their code puts events on them', () => {
    const { functions: definitions } = serverlessFile.parse(
      parse(readFileSync('serverless.yml', 'utf8'), { logLevel: 'error' }),
    )
    const given = Object.values(definitions).flatMap(({ handler, permissions: { buses } }) => (buses ? [handler] : []))
    const putting = functions.flatMap(([, { Handler, Environment }]) =>
      usesOf(codeOf(Handler), keyedTables(Environment.Variables)).putsEvents ? [Handler] : [],
    )
    expect(given.toSorted()).toEqual(putting.toSorted())
  })

  it('each belong to one function, and are the only source of permissions', () => {
    expect(functions.map(([, one]) => one.Role['Fn::GetAtt'][0]).toSorted()).toEqual([...roles.keys()].toSorted())
    const policies = Object.values(application).filter(({ Type }) => /^AWS::IAM::(?!Role$)/.test(Type))
    expect(policies).toEqual([])
  })
})

const TABLES = `arn:\${AWS::Partition}:dynamodb:\${AWS::Region}:\${AWS::AccountId}:table/latchkey-local`
const FOREIGN: readonly unknown[] = [
  'dynamodb:DeleteTable',
  'foreign#*',
  '*',
  { 'Fn::GetAtt': ['ForeignTable', 'Arn'] },
  { 'Fn::Sub': `${TABLES}-foreign` },
  { 'Fn::Sub': `${TABLES}-sessions/index/foreign` },
  { 'Fn::Sub': `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/latchkey/local/X` },
  { Effect: 'Allow', Action: 'dynamodb:Scan', Resource: { 'Fn::Sub': `${TABLES}-clients` } },
]

/** Every variant of a policy with one part removed, or one foreign item added to a list. */
function variants(value: unknown): unknown[] {
  if (Array.isArray(value))
    return [
      ...value.map((_, index) => value.toSpliced(index, 1)),
      ...value.flatMap((one, index) => variants(one).map((other) => value.with(index, other))),
      ...FOREIGN.map((one) => [...value, one]),
    ]
  if (typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value)
  return [
    ...entries.map(([left]) => Object.fromEntries(entries.filter(([name]) => name !== left))),
    ...entries.flatMap(([name, one]) => variants(one).map((other) => ({ ...value, [name]: other }))),
  ]
}

describe('the test of the roles', () => {
  it.each(cases)('detects every removal from and addition to the permissions of $name', ({ needs, policies }) => {
    const found = (changed: unknown) => {
      try {
        return compare(needs, changed)
      } catch (error) {
        return error
      }
    }
    const before = compare(needs, policies)
    const changes = variants(policies)
    expect(changes.length).toBeGreaterThan(40)
    for (const changed of changes) expect(found(changed), JSON.stringify(changed)).not.toEqual(before)
  })

  const keyed = new Set(['SESSIONS_TABLE'])
  const head = `// lib/store/one.ts\nimport { GetCommand as Get2, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";\n`
  const key =
    'var key = async (id) => ({ TableName: (await settings("SESSIONS_TABLE")).SESSIONS_TABLE, Key: { id } });\n'

  it('distinguishes functions of a module by the kinds that their callers pass', () => {
    const code = `${head}${key}var get = async (id) => send(new Get2(await key(id)));
      var one = (name) => get(\`one#\${name}\`);
      var other = (name) => get("other#" + name);
      var put = async (name) => send(new PutCommand(await key(\`third#\${name}\`)));`
    expect(usesOf(code, keyed).uses).toEqual([
      { action: 'GetItem', table: 'SESSIONS_TABLE', kind: 'one#' },
      { action: 'GetItem', table: 'SESSIONS_TABLE', kind: 'other#' },
      { action: 'PutItem', table: 'SESSIONS_TABLE', kind: 'third#' },
    ])
  })

  it('distinguishes an index from its table', () => {
    const query = (index: string) => `${head}var list = () => paginateQuery({}, { TableName: "A_TABLE"${index} });`
    expect(usesOf(query(', IndexName: "due"'), keyed).uses).toEqual([
      { action: 'Query', table: 'A_TABLE', index: 'due' },
    ])
    expect(usesOf(query(''), keyed).uses).toEqual([{ action: 'Query', table: 'A_TABLE' }])
  })

  it('finds code that puts events on buses', () => {
    const code = '// lib/webhooks/put-on-bus.ts\nvar put = (body) => send({ target: "AWSEvents.PutEvents", body });'
    expect(usesOf(code, keyed).putsEvents).toBe(true)
    expect(usesOf(code.replace('AWSEvents', 'AmazonSSM'), keyed).putsEvents).toBe(false)
  })

  const bucket = `// lib/files/bucket.ts
    import { PutObjectCommand, GetObjectCommand as Get3, ListObjectsV2Command } from "@aws-sdk/client-s3";
    var objectSize = async (key) => send(new ListObjectsV2Command(key));
    var put = async (key) => send(new PutObjectCommand(key)).catch(() => objectSize(key));
    var read = async (key) => send(new Get3(key));
// lib/files/presign.ts
    var presign = (url) => url;
    var signDownload = (key) => presign({ method: "GET", key });\n`

  it('finds the folders of the bucket that callers use, and the functions that sign URLs', () => {
    const code = `${bucket}// lib/exports/write.ts
      var objectKey = (id) => \`exports/\${id}\`;
      var objectsOf = (ids) => ids.map(objectKey);
      var write = (ids) => objectsOf(ids).map(put);
// lib/files/hash.ts
      var hash = (key) => read(key);
// lib/files/file.ts
      var objectKey2 = ({ purpose, id }) => \`\${purpose === "measurements" ? "measurements" : "submissions"}/\${id}\`;
      var check = (file) => hash(objectKey2(file));
      var link = (id) => signDownload(objectKey(id));`
    expect(usesOf(code, keyed).files).toEqual([
      { action: 'PutObject', folder: 'exports' },
      { action: 'ListBucket', folder: 'exports' },
      { action: 'GetObject', folder: 'measurements' },
      { action: 'GetObject', folder: 'submissions' },
      { action: 'GetObject', folder: 'exports' },
    ])
  })

  it('finds code that calls processFiles', () => {
    const code = '// lib/config/settings.ts\nfunction getSettings() {}\n// lib/files/start-work.ts\n'
    expect(usesOf(`${code}var start = () => getSettings("PROCESS_FILES_FUNCTION");`, keyed).startsWork).toBe(true)
    expect(usesOf(code, keyed).startsWork).toBe(false)
  })

  it('finds secrets that are requested through a list, but not those only mentioned', () => {
    const code = `// lib/config/settings.ts\nasync function getSettings2(...names) {}\n// lib/one.ts
      var LIST = ["STAGE", "SEAL_KEY"];\nvar one = () => getSettings2("ADMIN_TOKEN", ...LIST) ?? fail("SETHEALTH_KEY");`
    expect(usesOf(code, keyed).secrets).toEqual(['ADMIN_TOKEN', 'SEAL_KEY'])
  })

  it.each([
    ['an unknown command', '// lib/a.ts\nimport { BatchWriteCommand } from "@aws-sdk/lib-dynamodb";'],
    ['an unknown command of S3', '// lib/a.ts\nimport { GetBucketAclCommand } from "@aws-sdk/client-s3";'],
    ['a key of no folder', `${bucket}// lib/a.ts\nvar f = (key) => put(key);`],
    ['a whole package of commands', '// lib/a.ts\nimport * as sdk from "@aws-sdk/lib-dynamodb";'],
    ['a dynamic import', '// lib/a.ts\nvar sdk = () => import("@aws-sdk/lib-dynamodb");'],
    ['a command without a table', `${head}var get = (input) => send(new Get2(input));`],
    ['a command for two tables', `${head}var get = (is) => send(new Get2({ TableName: is ? "A_TABLE" : "B_TABLE" }));`],
    ['two commands for two kinds', `${head}${key}var f = () => [new Get2(key("a#")), new PutCommand(key("b#"))];`],
    [
      'an index that is a variable',
      `${head}var f = (IndexName) => paginateQuery({}, { TableName: "A_TABLE", IndexName });`,
    ],
    [
      'settings under another name',
      '// lib/config/settings.ts\nfunction getSettings() {}\n// lib/a.ts\nvar ask = getSettings;',
    ],
    [
      'settings by names from elsewhere',
      '// lib/config/settings.ts\nfunction getSettings() {}\n// lib/a.ts\nvar f = (n) => getSettings(n);',
    ],
  ])('rejects %s', (_, code) => {
    expect(() => usesOf(code, keyed)).toThrow(/lib\/|nowhere/)
  })
})
