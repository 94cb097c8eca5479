import * as z from 'zod'

export const REGION = 'eu-central-1'

/** With these everything looks for AWS in the emulator, and nowhere else. */
export const emulatedAws = (url: string) => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
})

const rehearsal = z.object({
  /** Of the emulator. */
  url: z.url(),
  /** Of the deployed API. */
  apiId: z.string(),
})

/** What has been deployed where. */
export type Rehearsal = z.output<typeof rehearsal>

/** The deployment that the tests are to be run against; undefined in every other run of the tests. */
export function currentRehearsal(): Rehearsal | undefined {
  const text = process.env['LATCHKEY_REHEARSAL']
  return text ? rehearsal.parse(JSON.parse(text)) : undefined
}

/** A call of an API of AWS. The emulator takes the account's own key without a look at the signature. */
async function call(url: string, service: string, init: RequestInit): Promise<unknown> {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`
  const headers = { authorization, ...Object.fromEntries(new Headers(init.headers)) }
  const answer = await fetch(url, { ...init, headers })
  const text = await answer.text()
  const failed = !answer.ok || answer.headers.has('x-amz-function-error')
  if (failed) throw new Error(`${url} answered ${answer.status}: ${text}`)
  return text === '' ? null : JSON.parse(text)
}

const functionList = z.object({
  Functions: z.array(
    z.object({
      FunctionName: z.string(),
      Handler: z.string(),
      Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
    }),
  ),
})

/** The deployed functions: name, bundle as `retry-jobs.mjs`, environment. */
export async function deployedFunctions(url: string) {
  const list = functionList.parse(await call(`${url}/2015-03-31/functions?MaxItems=50`, 'lambda', {}))
  return list.Functions.map(({ FunctionName, Handler, Environment }) => ({
    name: FunctionName,
    file: Handler.replace(/^dist\//, '').replace(/\.handler$/, '.mjs'),
    environment: Environment.Variables,
  }))
}

/** Runs a function with an empty event; a failure of it is one of the caller. */
export const invokeFunction = (url: string, name: string) =>
  call(`${url}/2015-03-31/functions/${name}/invocations`, 'lambda', { method: 'POST', body: '{}' })

/** Gives a function another environment, which makes it begin anew. */
export const setEnvironment = (url: string, name: string, Variables: Record<string, string>) =>
  call(`${url}/2015-03-31/functions/${name}/configuration`, 'lambda', {
    method: 'PUT',
    body: JSON.stringify({ Environment: { Variables } }),
  })

const rules = z.object({ Rules: z.array(z.object({ Name: z.string() })) })

/** From now on no function is begun by a schedule. */
export async function stopSchedules(url: string): Promise<void> {
  const events = (action: string, body: object) =>
    call(url, 'events', {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSEvents.${action}` },
      body: JSON.stringify(body),
    })
  for (const { Name } of rules.parse(await events('ListRules', {})).Rules) await events('DisableRule', { Name })
}

const apis = z.object({ items: z.tuple([z.object({ apiId: z.string() })]) })
const tableNames = z.object({ TableNames: z.array(z.string()) })
const count = z.object({ Count: z.int() })

/** The one API that is deployed. */
export async function deployedApi(url: string): Promise<string> {
  const [{ apiId }] = apis.parse(await call(`${url}/v2/apis`, 'apigateway', {})).items
  return apiId
}

const tables = (url: string, action: string, body: object) =>
  call(url, 'dynamodb', {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${action}` },
    body: JSON.stringify(body),
  })

/** Puts an item of no meaning into the table of measurements, so that something is there. */
export const putKeepsake = (url: string) =>
  tables(url, 'PutItem', {
    TableName: 'latchkey-rehearsal-measurements',
    Item: { series: { S: 'keepsake' }, block: { S: 'keepsake' } },
  })

/** How many items each table holds. */
export async function itemCounts(url: string): Promise<Map<string, number>> {
  const { TableNames } = tableNames.parse(await tables(url, 'ListTables', {}))
  const counts = new Map<string, number>()
  for (const TableName of TableNames) {
    counts.set(TableName, count.parse(await tables(url, 'Scan', { TableName })).Count)
  }
  return counts
}
