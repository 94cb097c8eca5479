import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { dynamodb } from '../lib/dynamodb/client.ts'
import { startBench, startStub } from './harness.ts'
import { medianOf, report } from './report.ts'
import { rounds } from './rounds.ts'
import { cpuInTurns, ratios } from './turns.ts'

/**
 * Part `command`: own CPU of one DynamoDB command, compared with the bare HTTP request that it sends. The difference is what the AWS
 * SDK costs. An instant stub of DynamoDB runs in another thread.
 */
const bench = await startBench()
const stub = await startStub(bench.endpoint)
// The client reads it at its first command.
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = stub.endpoint

const input = { TableName: process.env['CLIENTS_TABLE'] ?? '', Key: { client_id: { S: 'nobody' } } }
const body = JSON.stringify(input)
const headers = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-target': 'DynamoDB_20120810.GetItem',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20260101T000000Z',
}
const agent = new Agent({ keepAlive: true })
const bareRequest = () =>
  new Promise<unknown>((resolve, reject) => {
    request(stub.endpoint, { method: 'POST', headers, agent }, (response) => {
      text(response).then((content) => resolve(JSON.parse(content)), reject)
    })
      .once('error', reject)
      .end(body)
  })
const call = { command: () => dynamodb.send(new GetItemCommand(input)), request: bareRequest }
const times = await cpuInTurns(['command', 'request'], rounds(15), async (kind) => call[kind], 100)
report('command', [
  medianOf('`GetItem` by the AWS SDK: own CPU', 'ms', times('command')),
  medianOf('the bare HTTP request: own CPU', 'ms', times('request')),
  medianOf('own CPU of the command, of that of the request', 'x', ratios(times('command'), times('request'))),
])
agent.destroy()
await stub.stop()
await bench.stop()
process.exit(0)
