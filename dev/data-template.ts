import { bucketResources } from './files-bucket.ts'

/** The file of the data stack's template, in the folder of a package. */
export const DATA_TEMPLATE = 'cloudformation-template-data-stack.json'

export interface Resource {
  Type: string
  DeletionPolicy?: string
  UpdateReplacePolicy?: string
  Properties: Record<string, unknown>
}

/** A table of tables.yml. */
export interface Table extends Resource {
  Properties: {
    TableName: string
    AttributeDefinitions: { AttributeName: string }[]
    GlobalSecondaryIndexes?: { IndexName: string }[]
    [name: string]: unknown
  }
}

export type Tables = Readonly<Record<string, Table>>

export interface DataTemplate {
  AWSTemplateFormatVersion: '2010-09-09'
  Description: string
  Resources: Record<string, Resource>
}

interface DataOptions extends BackupOptions {
  bucket: Parameters<typeof bucketResources>[0]
  /** Request units per second of each table and each index. */
  MAX_READ_UNITS?: number | undefined
  MAX_WRITE_UNITS?: number | undefined
  /** How long AWS Backup keeps a daily backup; undefined for none. */
  BACKUP_DAYS?: number | undefined
}

const TABLE = 'AWS::DynamoDB::Table'

export const isTable = (resource: Resource): resource is Table => resource.Type === TABLE

/** The CloudFormation template of the data stack: the tables of tables.yml with their limits and backups, and the bucket. */
export function dataTemplate(stage: string, tables: Tables, options: DataOptions): DataTemplate {
  const { MAX_READ_UNITS, MAX_WRITE_UNITS, BACKUP_DAYS } = options
  const limits = {
    ...(MAX_READ_UNITS !== undefined && { MaxReadRequestUnits: MAX_READ_UNITS }),
    ...(MAX_WRITE_UNITS !== undefined && { MaxWriteRequestUnits: MAX_WRITE_UNITS }),
  }
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `The data of Latchkey, stage ${stage}. The application is in another stack, and can be removed.`,
    Resources: {
      ...Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, withLimits(table, limits)])),
      ...bucketResources(options.bucket),
      ...(BACKUP_DAYS !== undefined && backupResources(stage, Object.keys(tables), BACKUP_DAYS, options)),
    },
  }
}

/** A table with limits, if there are any. Indexes do not inherit the limits of their table. */
function withLimits(table: Table, limits: object): Table {
  if (Object.keys(limits).length === 0) return table
  const limited = <Part extends object>(part: Part) => ({ ...part, OnDemandThroughput: limits })
  const { GlobalSecondaryIndexes: indexes } = table.Properties
  return {
    ...table,
    Properties: {
      ...limited(table.Properties),
      ...(indexes !== undefined && { GlobalSecondaryIndexes: indexes.map(limited) }),
    },
  }
}

interface BackupOptions {
  BACKUP_LOCK: boolean
  PERMISSIONS_BOUNDARY?: string | undefined
}

/** A daily backup of each table, in a vault that remains when the option or the stack is removed. */
export function backupResources(
  stage: string,
  tables: readonly string[],
  days: number,
  { BACKUP_LOCK, PERMISSIONS_BOUNDARY }: BackupOptions,
): Record<string, Resource> {
  const name = `latchkey-${stage}`
  const policy = (purpose: string) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${purpose}`,
  })
  return {
    BackupVault: {
      Type: 'AWS::Backup::BackupVault',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BackupVaultName: name,
        ...(BACKUP_LOCK && { LockConfiguration: { MinRetentionDays: days } }),
      },
    },
    BackupRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'backup.amazonaws.com' } }],
        },
        ...(PERMISSIONS_BOUNDARY !== undefined && { PermissionsBoundary: PERMISSIONS_BOUNDARY }),
        ManagedPolicyArns: [policy('Backup'), policy('Restores')],
      },
    },
    BackupPlan: {
      Type: 'AWS::Backup::BackupPlan',
      Properties: {
        BackupPlan: {
          BackupPlanName: name,
          BackupPlanRule: [
            {
              RuleName: 'daily',
              TargetBackupVault: { Ref: 'BackupVault' },
              ScheduleExpression: 'cron(0 3 * * ? *)',
              Lifecycle: { DeleteAfterDays: days },
            },
          ],
        },
      },
    },
    BackupSelection: {
      Type: 'AWS::Backup::BackupSelection',
      Properties: {
        BackupPlanId: { Ref: 'BackupPlan' },
        BackupSelection: {
          SelectionName: 'tables',
          IamRoleArn: { 'Fn::GetAtt': ['BackupRole', 'Arn'] },
          Resources: tables.map((table) => ({ 'Fn::GetAtt': [table, 'Arn'] })),
        },
      },
    },
  }
}
