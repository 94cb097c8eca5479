import { createServer, request } from 'node:http'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DeleteParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { BatchWriteCommand, DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import { listenLocally } from '../../dev/free-port.ts'
import type { Template } from '../../dev/template.ts'
import { isSecret, SECRET_NAMES, SETTING_NAMES } from '../../lib/config/settings-table.ts'
import { deployedFunctions, invokeFunction, type Rehearsal, setEnvironment } from '../rehearsal/aws.ts'
import { leaveOut } from './leave-out.ts'
import { closed, type Place } from './server.ts'

const PLAIN_NAMES = SETTING_NAMES.filter(
  (name) => !isSecret(name) && !['PARAMETER_PATH', 'FILES_BUCKET'].includes(name),
)

/**
 * The functions as `serverless deploy` has put them into the emulator. They receive what a test sets in this process:
 * secrets through Parameter Store, the rest through their environments, which also restarts them.
 */
export async function deployed({ url, apiId }: Rehearsal, template: Template): Promise<Place> {
  await emptyTables(template)
  const functions = await deployedFunctions(url)
  const path = functions.flatMap(({ environment }) => environment['PARAMETER_PATH'] ?? [])[0] ?? ''
  const server = createServer((incoming, response) => {
    const { method, headers } = incoming
    const path = `/_aws/execute-api/${apiId}${incoming.url}`
    const upstream = request(url, { method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    upstream.on('error', () => response.destroy())
    incoming.pipe(upstream)
  })
  return {
    url: await listenLocally(server),
    async load() {
      await putSecrets(path)
      const endpoint = { AWS_ENDPOINT_URL_DYNAMODB: process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '' }
      const changes = functions.map(({ name, environment }) => {
        // Only the environment of the deployment: otherwise a setting that is missing there would remain undetected.
        const names = PLAIN_NAMES.filter((setting) => Object.hasOwn(environment, setting))
        const settings = Object.fromEntries(names.map((setting) => [setting, process.env[setting] ?? '']))
        return setEnvironment(url, name, { ...environment, ...settings, ...endpoint })
      })
      await Promise.all(changes)
    },
    async runScheduled(file) {
      const definition = functions.find((each) => each.file === file)
      if (!definition) throw new Error(`${file} is not deployed`)
      await invokeFunction(url, definition.name)
    },
    settled: async () => leaveOut('whether Lambda still runs functions cannot be asked'),
    setRemainingTime: () => leaveOut('what Lambda leaves of the time cannot be set'),
    stop: () => closed(server),
  }
}

async function putSecrets(path: string): Promise<void> {
  const store = new SSMClient()
  const set = SECRET_NAMES.map((name) => ({ Name: `${path}/${name}`, Value: process.env[name] ?? '' }))
  for (const { Name, Value } of set) {
    const command = new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true })
    if (Value !== '') await store.send(command)
  }
  const absent = set.filter(({ Value }) => Value === '').map(({ Name }) => Name)
  for (let start = 0; start < absent.length; start += 10) {
    await store.send(new DeleteParametersCommand({ Names: absent.slice(start, start + 10) }))
  }
}

async function emptyTables(template: Template): Promise<void> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient())
  for (const { TableName = '', KeySchema = [] } of template.tables) {
    const names = KeySchema.map(({ AttributeName = '' }) => AttributeName)
    for await (const { Items = [] } of paginateScan({ client, pageSize: 25 }, { TableName })) {
      const keys = Items.map((item) => Object.fromEntries(names.map((name) => [name, item[name]])))
      const RequestItems = { [TableName]: keys.map((Key) => ({ DeleteRequest: { Key } })) }
      if (keys.length > 0) await client.send(new BatchWriteCommand({ RequestItems }))
    }
  }
}
