// @module-tag local-only
// It tests the embedded DynamoDB of the local run.
import '../../../dev/level-patches.ts'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { AbstractValueIterator } from 'abstract-level'
import dynalite from 'dynalite'
import { expect, it, onTestFinished, vi } from 'vitest'
import { databaseClient, IGNORED_CREDENTIALS, prepareTables } from '../../../dev/dynamodb.ts'

it.each([undefined, 1])('the embedded DynamoDB closes the iterator of a Scan with the limit %s', async (Limit) => {
  const server = dynalite({ createTableMs: 0 }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const access = { endpoint: `http://127.0.0.1:${port}`, credentials: IGNORED_CREDENTIALS }
  await prepareTables(access, [
    {
      TableName: 'things',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    },
  ])
  const client = databaseClient(access)
  for (const id of ['a', 'b', 'c'])
    await client.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: id } } }))
  const close = vi.spyOn(AbstractValueIterator.prototype, 'close')
  onTestFinished(() => close.mockRestore())
  const { Items } = await client.send(new ScanCommand({ TableName: 'things', Limit }))
  expect(Items).toHaveLength(Limit ?? 3)
  await expect.poll(() => close).toHaveBeenCalled()
  client.destroy()
})
