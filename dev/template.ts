import { readFile } from 'node:fs/promises'
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import * as z from 'zod'
import { dataTemplateFile } from './package-template.ts'

/** One function as CloudFormation would make it. */
export interface LocalFunction {
  name: string
  /** The name by which other functions call it. */
  deployedName: string
  /** File of the bundle, without its folder: `register.mjs`. */
  file: string
  environment: Record<string, string>
  timeoutMs: number
  /** Megabytes. */
  memory: number
  /** Whether it runs by itself. */
  isScheduled: boolean
}

export interface Cors {
  AllowOrigins: string[]
  AllowMethods: string[]
  AllowHeaders: string[]
  ExposeHeaders: string[]
  MaxAge: number
}

/** What is deployed, as far as a local run needs it. */
export interface Template {
  functions: LocalFunction[]
  /** Route keys such as `GET /token` and `$default`, each with the name of its function. */
  routes: Map<string, string>
  /** Functions that run by themselves, and how often. */
  schedules: { functionName: string; everyMs: number }[]
  cors: Cors
  tables: CreateTableCommandInput[]
}

const template = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.unknown() })),
})
const ref = z.object({ Ref: z.string() })
const lambda = z.object({
  FunctionName: z.string(),
  Handler: z.string(),
  Timeout: z.number(),
  MemorySize: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
})
const functionArn = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) })
const aliasArn = z.object({ 'Fn::Join': z.tuple([z.literal(':'), z.tuple([functionArn, z.string()])]) })
const integration = z.object({
  IntegrationUri: z.union([functionArn, aliasArn.transform(({ 'Fn::Join': [, [arn]] }) => arn)]),
})
const route = z.object({
  RouteKey: z.string(),
  Target: z.object({ 'Fn::Join': z.tuple([z.string(), z.tuple([z.string(), ref])]) }),
})
const api = z.object({
  CorsConfiguration: z.object({
    AllowOrigins: z.array(z.string()),
    AllowMethods: z.array(z.string()),
    AllowHeaders: z.array(z.string()),
    ExposeHeaders: z.array(z.string()),
    MaxAge: z.number(),
  }),
})
const EVERY: Readonly<Record<string, number>> = { minute: 60_000, minutes: 60_000, hour: 3_600_000, hours: 3_600_000 }
const rule = z.object({
  ScheduleExpression: z.templateLiteral(['rate(', z.int(), ' ', z.enum(Object.keys(EVERY)), ')']),
  Targets: z.tuple([z.object({ Arn: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }) })]),
})
const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))
/** The part of a table that the embedded DynamoDB supports, which is not TTL, recovery or encryption. */
const table = z.object({
  TableName: z.string(),
  BillingMode: z.literal('PAY_PER_REQUEST'),
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema: keySchema,
        Projection: z.object({
          ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
          NonKeyAttributes: z.array(z.string()).optional(),
        }),
      }),
    )
    .optional(),
})

/** Reads the CloudFormation templates of both stacks that `serverless package` has written; `file` is the application's. */
export async function readTemplate(file: string): Promise<Template> {
  const [application, data] = await Promise.all([file, dataTemplateFile(file)].map(readResources))
  const Resources = { ...application, ...data }
  const ofType = <T>(type: string, schema: z.ZodType<T>): Map<string, T> =>
    new Map(
      Object.entries(Resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([id, { Properties }]) => [id, schema.parse(Properties)]),
    )
  const integrations = ofType('AWS::ApiGatewayV2::Integration', integration)
  const [cors] = ofType('AWS::ApiGatewayV2::Api', api).values()
  if (!cors) throw new Error(`${file} describes no HTTP API`)
  const routes = [...ofType('AWS::ApiGatewayV2::Route', route).values()].map(
    ({ RouteKey, Target }): [string, string] => {
      const target = integrations.get(Target['Fn::Join'][1][1].Ref)
      return [RouteKey, target?.IntegrationUri['Fn::GetAtt'][0] ?? '']
    },
  )
  const schedules = [...ofType('AWS::Events::Rule', rule).values()].map(({ ScheduleExpression, Targets: [target] }) => {
    const [, amount, unit] = /^rate\((\d+) (\w+)\)$/.exec(ScheduleExpression) ?? []
    return { functionName: target.Arn['Fn::GetAtt'][0], everyMs: Number(amount) * (EVERY[unit ?? ''] ?? 0) }
  })
  return {
    functions: [...ofType('AWS::Lambda::Function', lambda)].map(
      ([name, { FunctionName, Handler, Timeout, MemorySize, Environment }]) => ({
        name,
        deployedName: FunctionName,
        file: Handler.replace(/^dist\//, '').replace(/\.handler$/, '.mjs'),
        environment: plainTexts(Environment.Variables),
        timeoutMs: Timeout * 1000,
        memory: MemorySize,
        isScheduled: schedules.some(({ functionName }) => functionName === name),
      }),
    ),
    routes: new Map(routes),
    schedules,
    cors: cors.CorsConfiguration,
    tables: [...ofType('AWS::DynamoDB::Table', table).values()],
  }
}

const readResources = async (file: string) => template.parse(JSON.parse(await readFile(file, 'utf8'))).Resources

/** The plain values. CloudFormation resolves references; the local run sets these variables itself. */
const plainTexts = (variables: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])),
  )
