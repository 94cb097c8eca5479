import { describe, expect, it } from 'vitest'
import { dataTemplate } from '../../../dev/data-template.ts'

const TABLES = {
  ClientsTable: {
    Type: 'AWS::DynamoDB::Table',
    DeletionPolicy: 'Retain',
    Properties: {
      TableName: 'latchkey-prod-clients',
      AttributeDefinitions: [],
      GlobalSecondaryIndexes: [{ IndexName: 'salted' }],
    },
  },
  TokensTable: {
    Type: 'AWS::DynamoDB::Table',
    DeletionPolicy: 'Retain',
    Properties: { TableName: 'latchkey-prod-tokens', AttributeDefinitions: [] },
  },
}
const bucket = { name: 'latchkey-prod-files', origins: ['https://app.example'] }
const NONE = { bucket, BACKUP_LOCK: false }
const BACKUPS = { bucket, BACKUP_DAYS: 35, BACKUP_LOCK: false }

describe('the template of the data stack', () => {
  it('has the tables and the bucket alone by default', () => {
    const { FilesBucket, FilesBucketPolicy, ...others } = dataTemplate('prod', TABLES, NONE).Resources
    expect(others).toEqual(TABLES)
    expect(FilesBucket).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketName: 'latchkey-prod-files',
        CorsConfiguration: {
          CorsRules: [
            { AllowedOrigins: ['https://app.example'], AllowedMethods: ['PUT'] },
            { AllowedOrigins: ['*'], AllowedMethods: ['GET', 'HEAD'] },
          ],
        },
      },
    })
    expect(FilesBucketPolicy).not.toHaveProperty('DeletionPolicy')
  })

  it('limits each table and each index', () => {
    const { ClientsTable, TokensTable } = dataTemplate('prod', TABLES, { ...NONE, MAX_WRITE_UNITS: 100 }).Resources
    const OnDemandThroughput = { MaxWriteRequestUnits: 100 }
    expect(ClientsTable?.Properties).toEqual({
      TableName: 'latchkey-prod-clients',
      AttributeDefinitions: [],
      OnDemandThroughput,
      GlobalSecondaryIndexes: [{ IndexName: 'salted', OnDemandThroughput }],
    })
    expect(TokensTable?.Properties['OnDemandThroughput']).toEqual(OnDemandThroughput)
    const both = { ...NONE, MAX_READ_UNITS: 50, MAX_WRITE_UNITS: 100 }
    expect(dataTemplate('prod', TABLES, both).Resources['TokensTable']?.Properties['OnDemandThroughput']).toEqual({
      MaxReadRequestUnits: 50,
      MaxWriteRequestUnits: 100,
    })
  })

  it('backs up every table daily, into a vault that is retained', () => {
    const { BackupVault, BackupPlan, BackupSelection } = dataTemplate('prod', TABLES, BACKUPS).Resources
    expect(BackupVault).toEqual({
      Type: 'AWS::Backup::BackupVault',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { BackupVaultName: 'latchkey-prod' },
    })
    expect(BackupPlan).toMatchObject({
      Properties: { BackupPlan: { BackupPlanRule: [{ Lifecycle: { DeleteAfterDays: 35 } }] } },
    })
    expect(BackupSelection).toMatchObject({
      Properties: {
        BackupSelection: {
          Resources: [{ 'Fn::GetAtt': ['ClientsTable', 'Arn'] }, { 'Fn::GetAtt': ['TokensTable', 'Arn'] }],
        },
      },
    })
  })

  it('locks the vault and limits its role only if the settings say so', () => {
    const boundary = 'arn:aws:iam::123456789012:policy/boundary'
    const options = { ...BACKUPS, BACKUP_LOCK: true, PERMISSIONS_BOUNDARY: boundary }
    const { BackupVault, BackupRole } = dataTemplate('prod', TABLES, options).Resources
    expect(BackupVault?.Properties['LockConfiguration']).toEqual({ MinRetentionDays: 35 })
    expect(BackupRole?.Properties['PermissionsBoundary']).toBe(boundary)
    expect(dataTemplate('prod', TABLES, BACKUPS).Resources['BackupRole']?.Properties).not.toHaveProperty(
      'PermissionsBoundary',
    )
  })
})
