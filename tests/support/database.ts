import { randomUUID } from 'node:crypto'
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import dynalite from 'dynalite'
import '../../dev/expression-cache.ts'
import { type DatabaseAccess, IGNORED_CREDENTIALS, prepareTables } from '../../dev/dynamodb.ts'
import { listenLocally } from '../../dev/free-port.ts'
import type { Template } from '../../dev/template.ts'
import { addDirect, type Direct, emitRequest } from './direct-commands.ts'
import { closed } from './server.ts'

/** The fault of a command on its way to DynamoDB. */
export type Fault =
  | 'throttled'
  | 'failing'
  | 'denied'
  /** A batch of which no item is read, as if each table were throttled a little later than the batch. */
  | 'unprocessed'
  | 'answer lost'
  | 'never arrives'
  | 'never answered'
  | undefined

export interface FaultyDatabase extends DatabaseAccess {
  /** Called for each command with its name (`PutItem`) and body. Undefined lets it pass, a promise delays it. */
  plan: (command: string, body: string) => Fault | Promise<Fault>
  /** Commands that were sent, faulty or not. */
  commands: string[]
  stop(): Promise<void>
}

const ANSWERS = {
  throttled: { status: 400, type: 'ProvisionedThroughputExceededException' },
  failing: { status: 500, type: 'InternalServerError' },
  denied: { status: 400, type: 'AccessDeniedException' },
}

/** Where the tables of the embedded DynamoDB are: it reads the region when it is loaded. */
export const TABLES_IN = { account: '000000000000', region: process.env['AWS_REGION'] || 'us-east-1' }

/** All instances of a test file have their own tables in it. It never listens: requests are emitted below. */
const embedded = dynalite({ createTableMs: 0, deleteTableMs: 0 })

/** The header of a request whose plan is known. */
const PLAN = 'x-plan'

/**
 * A proxy between the SDK and DynamoDB, which itself never throttles, fails or loses a response. The database is the
 * embedded one, unless `deployed` is the address of another. SDK clients of this process reach the embedded one without
 * HTTP, unless a plan delays the command or lets it fail.
 */
export async function startDatabase(deployed?: string): Promise<FaultyDatabase> {
  const planOf = (headers: Record<string, unknown>, body: Buffer) => {
    const command = String(headers['x-amz-target']).split('.')[1] ?? ''
    database.commands.push(command)
    return database.plan(command, body.toString())
  }
  const plans = new Map<string, ReturnType<typeof planOf>>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const id = String(request.headers[PLAN])
    const plan = plans.has(id) ? plans.get(id) : planOf(request.headers, body)
    plans.delete(id)
    const fault = await plan
    if (fault === 'never arrives') return request.socket.destroy()
    if (fault === 'never answered') return
    if (fault === 'unprocessed')
      return response.end(JSON.stringify({ Responses: {}, UnprocessedKeys: JSON.parse(body.toString()).RequestItems }))
    if (fault === 'throttled' || fault === 'failing' || fault === 'denied') {
      const { status, type } = ANSWERS[fault]
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
      return response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'on purpose' }))
    }
    if (fault === 'answer lost') response.end = () => request.socket.destroy() && response
    if (deployed !== undefined) return pass(deployed, request, body, response)
    const { method, url, headers } = request
    embedded.emit('request', Object.assign(Readable.from([body]), { method, url, headers }), response)
  })
  const endpoint = await listenLocally(server)
  const direct: Direct = (request) => {
    // Bytes that warn when they are used as a text, which `Buffer.from` tries first.
    const { buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer> = request.body
    const body = Buffer.from(buffer, byteOffset, byteLength)
    const plan = planOf(request.headers, body)
    if (plan === undefined) return emitRequest(embedded, request, body)
    const id = randomUUID()
    plans.set(id, plan)
    request.headers[PLAN] = id
    return undefined
  }
  const removeDirect = deployed === undefined ? addDirect(endpoint, direct) : undefined
  const database: FaultyDatabase = {
    endpoint,
    credentials: IGNORED_CREDENTIALS,
    plan: () => undefined,
    commands: [],
    stop() {
      removeDirect?.()
      return closed(server)
    },
  }
  return database
}

function pass(target: string, request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const upstream = forward(target, { method: 'POST', headers: request.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(response)
  })
  upstream.end(body)
}

/** Creates the tables of a stage. Returns the settings with their names. */
export async function makeStageTables(
  database: DatabaseAccess,
  tables: Template['tables'],
  stage: string,
): Promise<Record<string, string>> {
  const named = tables.map((table) => ({
    ...table,
    TableName: table.TableName?.replace('-local-', `-${stage}-`) ?? '',
  }))
  await prepareTables(database, named)
  return Object.fromEntries(named.map(({ TableName }) => [settingOf(TableName), TableName]))
}

const settingOf = (table: string): string => `${table.split('-').at(-1)?.toUpperCase()}_TABLE`
