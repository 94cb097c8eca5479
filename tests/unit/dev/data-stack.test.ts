import type { ResourceChange } from '@aws-sdk/client-cloudformation'
import { describe, expect, it } from 'vitest'
import { deployDataStack } from '../../../dev/data-stack.ts'
import { dataTemplate } from '../../../dev/data-template.ts'
import {
  fakeCloudFormation,
  fakeDynamodb,
  fakeS3,
  missingBucket,
  missingStack,
  missingTable,
} from '../../support/aws-clients.ts'

const NAME = 'latchkey-prod-data'
const TABLE = {
  Type: 'AWS::DynamoDB::Table',
  DeletionPolicy: 'Retain',
  Properties: { TableName: 'x', AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }] },
}
const bucket = { name: 'latchkey-prod-files', origins: ['*'] }
const template = dataTemplate('prod', { XTable: TABLE }, { bucket, BACKUP_LOCK: false, MAX_WRITE_UNITS: 100 })
const tags = { service: 'latchkey', stage: 'prod' }

const change = (change: Partial<ResourceChange>): ResourceChange => ({
  ResourceType: 'AWS::DynamoDB::Table',
  LogicalResourceId: 'XTable',
  Action: 'Modify',
  ...change,
})
const EMPTY = { Status: 'FAILED', StatusReason: "The submitted information didn't contain changes." }
const changeSet = (...changes: ResourceChange[]) =>
  changes.length === 0
    ? EMPTY
    : { Status: 'CREATE_COMPLETE', Changes: changes.map((ResourceChange) => ({ ResourceChange })) }

interface Scenario {
  /** The statuses of the stack, one for each time it is read; undefined if there is no stack. */
  statuses: (string | undefined)[]
  /** Each change set as it is described. */
  changeSets: object[]
  events?: object[]
  /** How DynamoDB describes the table; undefined if it does not exist. */
  table?: object
  hasBucket?: boolean
}

/** Deploys over a stack. Returns the printed lines, the error, and what CloudFormation received. */
async function deploy({ statuses, changeSets, events = [], table, hasBucket = false }: Scenario) {
  const [nextStatus, nextChangeSet] = [[...statuses], [...changeSets]]
  const {
    client: cloudFormation,
    calls,
    commands,
  } = fakeCloudFormation({
    DescribeStacks: () => {
      const StackStatus = nextStatus.shift()
      if (StackStatus === undefined) throw missingStack(NAME)
      return { Stacks: [{ StackStatus }] }
    },
    DescribeChangeSet: () => nextChangeSet.shift() ?? {},
    DescribeStackEvents: { StackEvents: events },
  })
  const dynamodb = fakeDynamodb({ DescribeTable: table === undefined ? missingTable : { Table: table } })
  const s3 = fakeS3({ HeadBucket: hasBucket ? {} : missingBucket })
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const stack = { name: NAME, template, tags }
  const error = await deployDataStack({ cloudFormation, dynamodb, s3 }, stack, { log, pollMs: 0 }).then(
    () => null,
    (reason: unknown) => String(reason),
  )
  const inputs = (name: string) => calls.flatMap(({ command, input }) => (command === name ? [input] : []))
  return { lines, error, inputs, commands: commands().filter((name) => !name.startsWith('Describe')) }
}

const PROTECTION = ['UpdateTerminationProtection', 'SetStackPolicy']

const EXECUTED = ['CreateChangeSet', 'ExecuteChangeSet']

describe('a first deployment', () => {
  const added = changeSet(change({ Action: 'Add' }))

  it('creates the stack with everything at once, and protects it', async () => {
    const { lines, error, inputs, commands } = await deploy({
      statuses: [undefined, 'CREATE_IN_PROGRESS', 'CREATE_COMPLETE'],
      changeSets: [{ Status: 'CREATE_IN_PROGRESS' }, added],
    })
    expect(error).toBeNull()
    expect(lines).toEqual([`Changes of ${NAME}:`, '  Add XTable'])
    expect(commands).toEqual([...EXECUTED, ...PROTECTION])
    expect(inputs('CreateChangeSet')).toMatchObject([
      {
        ChangeSetType: 'CREATE',
        TemplateBody: JSON.stringify(template),
        Tags: [
          { Key: 'service', Value: 'latchkey' },
          { Key: 'stage', Value: 'prod' },
        ],
      },
    ])
    for (const input of ['DescribeChangeSet', 'ExecuteChangeSet'].flatMap(inputs))
      expect(input).toMatchObject({ StackName: NAME, ChangeSetName: expect.stringMatching(/^deploy-/) })
    expect(inputs('UpdateTerminationProtection')).toEqual([{ StackName: NAME, EnableTerminationProtection: true }])
    expect(JSON.stringify(inputs('SetStackPolicy'))).toMatch(
      /Deny.*Update:Delete.*Update:Replace.*DynamoDB::Table.*S3::Bucket/,
    )
  })

  it('imports tables that exist as they are, and then updates them', async () => {
    const { lines, error, inputs, commands } = await deploy({
      statuses: [undefined, 'CREATE_COMPLETE', 'UPDATE_COMPLETE'],
      changeSets: [
        changeSet(change({ Action: 'Import' })),
        changeSet(change({ Details: [{ Target: { Name: 'OnDemandThroughput' } }, { Target: { Attribute: 'Tags' } }] })),
      ],
      table: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
    })
    expect(error).toBeNull()
    expect(lines).toEqual([
      `Changes of ${NAME}:`,
      '  Import XTable',
      `Changes of ${NAME}:`,
      '  Modify XTable: OnDemandThroughput, Tags',
    ])
    expect(commands).toEqual([...EXECUTED, ...EXECUTED, ...PROTECTION])
    expect(inputs('CreateChangeSet')).toMatchObject([
      {
        ChangeSetType: 'CREATE',
        ImportExistingResources: true,
        TemplateBody: expect.stringContaining('"PointInTimeRecoveryEnabled":false'),
        Tags: [],
      },
      { ChangeSetType: 'UPDATE', ImportExistingResources: true, TemplateBody: JSON.stringify(template) },
    ])
  })

  it('imports a bucket that exists by its name alone, and then sets its properties', async () => {
    const { error, inputs } = await deploy({
      statuses: [undefined, 'CREATE_COMPLETE', 'UPDATE_COMPLETE'],
      changeSets: [changeSet(change({ Action: 'Import', LogicalResourceId: 'FilesBucket' })), added],
      hasBucket: true,
    })
    expect(error).toBeNull()
    const [first, second] = inputs('CreateChangeSet').map(({ TemplateBody }) => JSON.parse(String(TemplateBody)))
    expect(first.Resources).toEqual({
      FilesBucket: expect.objectContaining({
        DeletionPolicy: 'Retain',
        Properties: { BucketName: 'latchkey-prod-files' },
      }),
    })
    expect(second).toEqual(template)
  })

  it('continues after a change set that was never executed', async () => {
    const { inputs } = await deploy({ statuses: ['REVIEW_IN_PROGRESS', 'CREATE_COMPLETE'], changeSets: [added] })
    expect(inputs('CreateChangeSet')).toMatchObject([{ ChangeSetType: 'CREATE' }])
  })

  it('continues with the update if the import was the last step', async () => {
    const { error, inputs } = await deploy({
      statuses: ['CREATE_COMPLETE', 'UPDATE_COMPLETE'],
      changeSets: [changeSet(change({}))],
      table: {},
    })
    expect(error).toBeNull()
    expect(inputs('CreateChangeSet')).toMatchObject([
      { ChangeSetType: 'UPDATE', TemplateBody: JSON.stringify(template) },
    ])
  })

  it.each(['ROLLBACK_COMPLETE', 'DELETE_FAILED'])('replaces a stack in %s, without its tables', async (status) => {
    const { lines, error, commands } = await deploy({
      statuses: [status, 'DELETE_IN_PROGRESS', undefined, 'CREATE_COMPLETE'],
      changeSets: [added],
    })
    expect(error).toBeNull()
    expect(lines[0]).toContain('could not be created earlier')
    expect(commands.slice(0, 3)).toEqual(['DeleteStack', ...EXECUTED])
  })
})

describe('a later deployment', () => {
  it('changes nothing if nothing is different', async () => {
    const { lines, error, commands } = await deploy({ statuses: ['UPDATE_COMPLETE'], changeSets: [EMPTY] })
    expect([lines, error]).toEqual([[], null])
    expect(commands).toEqual(['CreateChangeSet', 'DeleteChangeSet', ...PROTECTION])
  })

  it.each([
    ['removes a table', change({ Action: 'Remove' })],
    ['replaces a table', change({ Replacement: 'True' })],
    ['replaces a bucket', change({ Replacement: 'True', ResourceType: 'AWS::S3::Bucket' })],
  ])('is stopped if it %s', async (_, forbidden) => {
    const { error, commands } = await deploy({ statuses: ['UPDATE_COMPLETE'], changeSets: [changeSet(forbidden)] })
    expect(error).toContain(`would delete or replace XTable in ${NAME}`)
    expect(commands).toEqual(['CreateChangeSet', 'DeleteChangeSet'])
  })

  it('may add an index, and remove what is not a table', async () => {
    const { error, commands } = await deploy({
      statuses: ['UPDATE_COMPLETE', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE'],
      changeSets: [
        changeSet(
          change({ Replacement: 'Conditional' }),
          change({ Action: 'Remove', ResourceType: 'AWS::Backup::BackupPlan', LogicalResourceId: 'BackupPlan' }),
        ),
      ],
    })
    expect(error).toBeNull()
    expect(commands).toContain('ExecuteChangeSet')
  })

  it('fails with the reasons of its own operation', async () => {
    const event = (LogicalResourceId: string, ResourceStatus: string, ResourceStatusReason?: string) => ({
      LogicalResourceId,
      ResourceStatus,
      ResourceStatusReason,
      ResourceType: LogicalResourceId === NAME ? 'AWS::CloudFormation::Stack' : 'AWS::DynamoDB::Table',
    })
    const { error } = await deploy({
      statuses: ['UPDATE_COMPLETE', 'UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_ROLLBACK_COMPLETE'],
      changeSets: [changeSet(change({}))],
      events: [
        event(NAME, 'UPDATE_ROLLBACK_COMPLETE'),
        event('YTable', 'UPDATE_FAILED'),
        event('XTable', 'UPDATE_FAILED', 'too many indexes'),
        event(NAME, 'UPDATE_IN_PROGRESS'),
        event('XTable', 'UPDATE_FAILED', 'of an earlier operation'),
      ],
    })
    expect(error).toBe(
      `Error: ${NAME} could not be deployed (UPDATE_ROLLBACK_COMPLETE): XTable: too many indexes; YTable: no reason`,
    )
  })

  it('fails with the reason if CloudFormation rejects the change set', async () => {
    const { error, commands } = await deploy({
      statuses: ['UPDATE_COMPLETE'],
      changeSets: [{ Status: 'FAILED', StatusReason: 'XTable belongs to another stack' }],
    })
    expect(error).toContain(`rejected the changes of ${NAME}: XTable belongs to another stack`)
    expect(commands).toEqual(['CreateChangeSet', 'DeleteChangeSet'])
  })
})

it('an error of AWS that is not about a missing stack is thrown', async () => {
  const { client: cloudFormation } = fakeCloudFormation({ DescribeStacks: new Error('denied') })
  const deployment = deployDataStack(
    { cloudFormation, dynamodb: fakeDynamodb({}), s3: fakeS3({}) },
    { name: NAME, template, tags },
    { log: () => undefined },
  )
  await expect(deployment).rejects.toThrow('denied')
})
