// @module-tag local-only
// These tests start the embedded DynamoDB of the local run.
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type CreateTableCommandInput, ListTablesCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databaseClient, type LocalDynamoDb, startDynamoDb } from '../../../dev/dynamodb.ts'

const TABLE: CreateTableCommandInput = {
  TableName: 'things',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
}
let database: LocalDynamoDb
beforeAll(async () => {
  database = await startDynamoDb([TABLE])
})
afterAll(() => database.stop())

/** Sends a signed request, whose headers and body may differ from what was signed. */
function send(changes: { method?: string; headers?: Record<string, string>; body?: string }) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const client = databaseClient(database)
    client.middlewareStack.add(
      () => async (signed) => {
        const { headers, body } = Object(signed.request)
        const { method = 'POST' } = changes
        const sent = request(database.endpoint, { method, headers: { ...headers, ...changes.headers } }, (response) => {
          const { statusCode: status = 0 } = response
          text(response).then((content) => resolve({ status, headers: response.headers, body: content }), reject)
        })
        sent.once('error', reject)
        sent.end(changes.body ?? body)
        // The test reads the response itself.
        throw new Error('sent')
      },
      { step: 'finalizeRequest', priority: 'low', name: 'sendChanged' },
    )
    client.send(new ListTablesCommand({})).catch(() => client.destroy())
  })
}

const signature = (accessKeyId: string) =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260301/local/dynamodb/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`

describe('the embedded DynamoDB', () => {
  it('serves a request that is signed with its credentials', async () => {
    const { status, headers, body } = await send({})
    expect([status, JSON.parse(body)]).toEqual([200, { TableNames: ['things'] }])
    expect(Object.keys(headers)).not.toContain('access-control-allow-origin')
    const client = databaseClient(database)
    const Item = { id: { S: 'ä' }, blob: { B: new Uint8Array(300_000).fill(7) } }
    await client.send(new PutItemCommand({ TableName: 'things', Item }))
    expect((await client.send(new ScanCommand({ TableName: 'things' }))).Items).toEqual([Item])
    client.destroy()
  })

  it.each<[string, Parameters<typeof send>[0] | (() => Parameters<typeof send>[0])]>([
    ['from a web page', { headers: { origin: 'https://evil.example' } }],
    ['from a page of this machine', { headers: { origin: 'http://localhost:3000' } }],
    ['that asks for CORS', { method: 'OPTIONS', headers: { origin: 'https://evil.example' } }],
    ['to a foreign Host', { headers: { host: 'evil.example' } }],
    ['to another Host than the signed one', { headers: { host: '127.0.0.1:1' } }],
    ['without credentials', { headers: { authorization: '' } }],
    ['of another method', { method: 'GET' }],
    ['with any access key', { headers: { authorization: signature('local') } }],
    [
      'with its access key, but without its secret',
      () => ({ headers: { authorization: signature(database.credentials.accessKeyId) } }),
    ],
    ['with another body than the signed one', { body: '[]' }],
    ['with another date than the signed one', { headers: { 'x-amz-date': '20260301T000000Z' } }],
    ['with an invalid date', { headers: { 'x-amz-date': 'today' } }],
  ])('rejects a request %s with 403 and without CORS headers', async (_, changes) => {
    const { status, headers, body } = await send(typeof changes === 'function' ? changes() : changes)
    expect([status, JSON.parse(body)]).toEqual([
      403,
      {
        __type: 'com.amazon.coral.service#UnrecognizedClientException',
        message: 'Only this Latchkey and its command line may use this database: run.json has the access key.',
      },
    ])
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
  })

  it('rejects the credentials of another run', async () => {
    const other = await startDynamoDb([])
    expect(other.credentials).not.toEqual(database.credentials)
    const client = databaseClient({ endpoint: other.endpoint, credentials: database.credentials })
    await expect(client.send(new ListTablesCommand({}))).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
    client.destroy()
    await other.stop()
  })
})
