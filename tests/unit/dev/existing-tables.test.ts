import { expect, it } from 'vitest'
import { dataTemplate } from '../../../dev/data-template.ts'
import { existingTables } from '../../../dev/existing-tables.ts'
import { fakeDynamodb, missingTable } from '../../support/aws-clients.ts'

const ID = { AttributeName: 'id', AttributeType: 'S' }
const DUE = { AttributeName: 'due', AttributeType: 'N' }
const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' }]
const Projection = { ProjectionType: 'KEYS_ONLY' }
const Index = { IndexName: 'outbox', KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }], Projection }
const table = {
  Type: 'AWS::DynamoDB::Table',
  DeletionPolicy: 'Retain',
  Properties: {
    TableName: 'sessions',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [ID, DUE],
    KeySchema,
    GlobalSecondaryIndexes: [Index],
    TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    DeletionProtectionEnabled: true,
    SSESpecification: { SSEEnabled: true },
  },
}
const bucket = { name: 'latchkey-prod-files', origins: ['*'] }
const options = { bucket, BACKUP_DAYS: 35, BACKUP_LOCK: false, MAX_WRITE_UNITS: 500 }
const template = dataTemplate('prod', { SessionsTable: table }, options)

it('a table that is as its definition is described by that definition, without limits', async () => {
  const client = fakeDynamodb({
    DescribeTable: {
      Table: {
        TableName: 'sessions',
        AttributeDefinitions: [DUE, ID],
        KeySchema,
        GlobalSecondaryIndexes: [{ ...Index, IndexStatus: 'ACTIVE', ItemCount: 1 }],
        DeletionProtectionEnabled: true,
        SSEDescription: { Status: 'ENABLED', SSEType: 'KMS' },
      },
    },
    DescribeTimeToLive: { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expires_at' } },
    DescribeContinuousBackups: {
      ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' } },
    },
  })
  expect(await existingTables(client, template)).toEqual({ SessionsTable: table })
})

it('a table that was restored, or made by an earlier version, is described without what it lacks', async () => {
  const client = fakeDynamodb({
    DescribeTable: {
      Table: {
        TableName: 'sessions',
        AttributeDefinitions: [ID, { AttributeName: 'own', AttributeType: 'S' }],
        KeySchema,
        GlobalSecondaryIndexes: [{ ...Index, IndexName: 'own' }],
        StreamSpecification: { StreamEnabled: true },
      },
    },
    DescribeTimeToLive: { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } },
  })
  expect(await existingTables(client, template)).toEqual({
    SessionsTable: {
      ...table,
      Properties: {
        TableName: 'sessions',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [ID],
        KeySchema,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
        DeletionProtectionEnabled: false,
        SSESpecification: { SSEEnabled: false },
      },
    },
  })
})

it('a table that does not exist is left out, and other errors are thrown', async () => {
  expect(await existingTables(fakeDynamodb({ DescribeTable: missingTable }), template)).toEqual({})
  await expect(existingTables(fakeDynamodb({ DescribeTable: new Error('denied') }), template)).rejects.toThrow('denied')
})
