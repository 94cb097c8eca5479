import { expect, it } from 'vitest'
import { ownsTables } from '../../../dev/move-tables.ts'
import { fakeCloudFormation, missingStack } from '../../support/aws-clients.ts'

const STACK = 'latchkey-prod'
const table = (ResourceStatus: string) => ({
  LogicalResourceId: 'ClientsTable',
  ResourceType: 'AWS::DynamoDB::Table',
  ResourceStatus,
})
const role = { LogicalResourceId: 'TokenRole', ResourceType: 'AWS::IAM::Role', ResourceStatus: 'CREATE_COMPLETE' }

const stack = (resources: object[], DeletionPolicy?: string) =>
  fakeCloudFormation({
    ListStackResources: { StackResourceSummaries: resources },
    GetTemplate: {
      TemplateBody: JSON.stringify({ Resources: { ClientsTable: { Type: 'AWS::DynamoDB::Table', DeletionPolicy } } }),
    },
  }).client

it('a stack without tables, or that has released them, owns none', async () => {
  const missing = fakeCloudFormation({ ListStackResources: missingStack(STACK) }).client
  expect(await ownsTables(missing, STACK, false)).toBe(false)
  expect(await ownsTables(stack([role]), STACK, false)).toBe(false)
  expect(await ownsTables(stack([role, table('DELETE_SKIPPED')]), STACK, false)).toBe(false)
})

it('tables in the stack of the application stop a deployment, which names the way to move them', async () => {
  await expect(ownsTables(stack([table('UPDATE_COMPLETE')], 'Retain'), STACK, false)).rejects.toThrow(
    'The stack latchkey-prod contains ClientsTable. Add --param="moveTables=true" to move them to latchkey-prod-data',
  )
})

it('tables move only if CloudFormation retains them', async () => {
  expect(await ownsTables(stack([table('UPDATE_COMPLETE')], 'Retain'), STACK, true)).toBe(true)
  await expect(ownsTables(stack([table('UPDATE_COMPLETE')]), STACK, true)).rejects.toThrow(
    'ClientsTable would be deleted: set DeletionPolicy to Retain in latchkey-prod first.',
  )
})

it('an error of AWS that is not about a missing stack is thrown', async () => {
  const { client } = fakeCloudFormation({ ListStackResources: new Error('denied') })
  await expect(ownsTables(client, STACK, false)).rejects.toThrow('denied')
})
