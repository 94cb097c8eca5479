import {
  CloudFormationClient,
  DeleteStackCommand,
  UpdateTerminationProtectionCommand,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation'
import {
  GetBucketCorsCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import * as z from 'zod'

export const REGION = 'eu-central-1'

/** Environment variables that direct the SDK and the framework to the emulator. */
export const emulatedAws = (url: string) => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
})

const rehearsal = z.object({
  /** URL of the emulator. */
  url: z.url(),
  /** Id of the deployed API. */
  apiId: z.string(),
})

/** A deployment in the emulator. */
export type Rehearsal = z.output<typeof rehearsal>

/** The deployment that the tests run against; undefined if they run in process. */
export function currentRehearsal(): Rehearsal | undefined {
  const text = process.env['LATCHKEY_REHEARSAL']
  return text ? rehearsal.parse(JSON.parse(text)) : undefined
}

/** Calls an API of AWS; throws on an error status. The emulator does not verify the signature. */
async function call(url: string, service: string, init: RequestInit): Promise<unknown> {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`
  const headers = { authorization, ...Object.fromEntries(new Headers(init.headers)) }
  const response = await fetch(url, { ...init, headers })
  const text = await response.text()
  const failed = !response.ok || response.headers.has('x-amz-function-error')
  if (failed) throw new Error(`${url} responded ${response.status}: ${text}`)
  return text === '' ? null : JSON.parse(text)
}

type QueryApi = readonly [service: string, version: string]
const IAM: QueryApi = ['iam', '2010-05-08']
const CLOUDWATCH: QueryApi = ['monitoring', '2010-08-01']

/** Calls an action of an API that responds with XML, which is returned. */
async function callQuery(
  url: string,
  [service, Version]: QueryApi,
  Action: string,
  parameters: Record<string, string>,
): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`
  const body = new URLSearchParams({ Action, Version, ...parameters })
  const response = await fetch(url, { method: 'POST', headers: { authorization }, body })
  const text = await response.text()
  if (!response.ok) throw new Error(`${Action} responded ${response.status}: ${text}`)
  return text
}

/** Creates a user with one policy. Returns the variables with which commands act as that user. */
export async function createUser(url: string, UserName: string, policy: object) {
  const element = (xml: string, name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(xml)?.[1] ?? ''
  await callQuery(url, IAM, 'CreateUser', { UserName })
  const created = await callQuery(url, IAM, 'CreatePolicy', {
    PolicyName: UserName,
    PolicyDocument: JSON.stringify(policy),
  })
  await callQuery(url, IAM, 'AttachUserPolicy', { UserName, PolicyArn: element(created, 'Arn') })
  const key = await callQuery(url, IAM, 'CreateAccessKey', { UserName })
  return {
    ...emulatedAws(url),
    AWS_ACCESS_KEY_ID: element(key, 'AccessKeyId'),
    AWS_SECRET_ACCESS_KEY: element(key, 'SecretAccessKey'),
  }
}

const functionList = z.object({
  Functions: z.array(
    z.object({
      FunctionName: z.string(),
      Handler: z.string(),
      Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
    }),
  ),
  NextMarker: z.string().nullish(),
})

/** The deployed functions: name, bundle (such as `retry-jobs.mjs`) and environment. */
export async function deployedFunctions(url: string) {
  const functions: z.output<typeof functionList>['Functions'] = []
  // A page has at most 50, and a deployment more.
  for (let marker: string | null = ''; marker !== null; ) {
    const query = new URLSearchParams({ MaxItems: '50', ...(marker && { Marker: marker }) })
    const page = functionList.parse(await call(`${url}/2015-03-31/functions?${query}`, 'lambda', {}))
    functions.push(...page.Functions)
    marker = page.NextMarker || null
  }
  return functions.map(({ FunctionName, Handler, Environment }) => ({
    name: FunctionName,
    file: Handler.replace(/^dist\//, '').replace(/\.handler$/, '.mjs'),
    environment: Environment.Variables,
  }))
}

/** Invokes a function with an empty event; rejects if the function fails. */
export const invokeFunction = (url: string, name: string) =>
  call(`${url}/2015-03-31/functions/${name}/invocations`, 'lambda', { method: 'POST', body: '{}' })

/** Replaces the environment of a function, which restarts it. */
export const setEnvironment = (url: string, name: string, Variables: Record<string, string>) =>
  call(`${url}/2015-03-31/functions/${name}/configuration`, 'lambda', {
    method: 'PUT',
    body: JSON.stringify({ Environment: { Variables } }),
  })

const rules = z.object({ Rules: z.array(z.object({ Name: z.string() })) })

/** Disables all schedules. */
export async function stopSchedules(url: string): Promise<void> {
  const events = (action: string, body: object) =>
    call(url, 'events', {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSEvents.${action}` },
      body: JSON.stringify(body),
    })
  for (const { Name } of rules.parse(await events('ListRules', {})).Rules) await events('DisableRule', { Name })
}

const aliases = z.object({ Aliases: z.array(z.object({ Name: z.string(), FunctionVersion: z.string() })) })

async function functionAliases(url: string) {
  const functions = await deployedFunctions(url)
  const lists = functions.map(async ({ name, file }) => {
    const address = `${url}/2015-03-31/functions/${name}/aliases`
    const { Aliases } = aliases.parse(await call(address, 'lambda', {}))
    return Aliases.map(({ Name, FunctionVersion }) => ({
      bundle: file.replace('.mjs', ''),
      address: `${address}/${Name}`,
      version: FunctionVersion,
    }))
  })
  return (await Promise.all(lists)).flat()
}

/** The versions that aliases serve, by the bundle of their function. */
export const aliasedVersions = async (url: string): Promise<Record<string, string>> =>
  Object.fromEntries((await functionAliases(url)).map(({ bundle, version }) => [bundle, version]))

/** Lets aliases serve the functions themselves. */
export async function releaseAliases(url: string): Promise<void> {
  for (const { address } of await functionAliases(url))
    await call(address, 'lambda', { method: 'PUT', body: JSON.stringify({ FunctionVersion: '$LATEST' }) })
}

/** The emulator does not evaluate alarms. */
export const fireAlarm = (url: string, AlarmName: string) =>
  callQuery(url, CLOUDWATCH, 'SetAlarmState', { AlarmName, StateValue: 'ALARM', StateReason: 'rehearsal' })

/** The bucket of files. Its client is that of the functions, with their credentials. */
export function filesBucket(endpoint: string) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new S3Client({ endpoint, region: REGION, credentials, forcePathStyle: true })
  const Bucket = `latchkey-rehearsal-files-000000000000-${REGION}`
  const Key = 'submissions/test-object'
  return {
    put: () => client.send(new PutObjectCommand({ Bucket, Key, Body: 'test object' })),
    /** The object that `put` has stored; throws if the bucket or the object is gone. */
    async read(): Promise<string> {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
      return (await Body?.transformToString()) ?? ''
    },
    /** Whether the stack has configured the bucket, except for lifecycle and encryption, which the emulator ignores. */
    async isConfigured(): Promise<boolean> {
      const [{ CORSRules = [] }, { Policy = '' }, { PublicAccessBlockConfiguration: access }] = await Promise.all([
        client.send(new GetBucketCorsCommand({ Bucket })),
        client.send(new GetBucketPolicyCommand({ Bucket })),
        client.send(new GetPublicAccessBlockCommand({ Bucket })),
      ])
      return CORSRules.length === 2 && /SecureTransport/.test(Policy) && !!access?.BlockPublicPolicy
    },
  }
}

const apis = z.object({ items: z.tuple([z.object({ apiId: z.string() })]) })
const tableNames = z.object({ TableNames: z.array(z.string()) })
const count = z.object({ Count: z.int() })

/** The id of the deployed API. */
export async function deployedApi(url: string): Promise<string> {
  const [{ apiId }] = apis.parse(await call(`${url}/v2/apis`, 'apigateway', {})).items
  return apiId
}

/** Calls an API of DynamoDB, such as `DescribeTable`. */
export const callDynamoDb = (url: string, action: string, body: object) =>
  call(url, 'dynamodb', {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${action}` },
    body: JSON.stringify(body),
  })

/** Deletes a stack that has termination protection, and waits until it is deleted. */
export async function deleteProtectedStack(endpoint: string, StackName: string): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new CloudFormationClient({ endpoint, region: REGION, credentials })
  await client.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }))
  await client.send(new DeleteStackCommand({ StackName }))
  await waitUntilStackDeleteComplete({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName })
}

/** Calls an action of CloudWatch Logs, such as `CreateLogGroup`. */
export const callLogs = (url: string, action: string, body: object) =>
  call(url, 'logs', {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Logs_20140328.${action}` },
    body: JSON.stringify(body),
  })

/** Puts an item into the measurements table, so that it is not empty. */
export const putTestItem = (url: string) =>
  callDynamoDb(url, 'PutItem', {
    TableName: 'latchkey-rehearsal-measurements',
    Item: { series: { S: 'test item' }, block: { S: 'test item' } },
  })

/** Number of items by table. */
export async function itemCounts(url: string): Promise<Map<string, number>> {
  const { TableNames } = tableNames.parse(await callDynamoDb(url, 'ListTables', {}))
  const counts = new Map<string, number>()
  for (const TableName of TableNames) {
    counts.set(TableName, count.parse(await callDynamoDb(url, 'Scan', { TableName })).Count)
  }
  return counts
}
