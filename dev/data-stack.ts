import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CloudFormationClient,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  SetStackPolicyCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { S3Client } from '@aws-sdk/client-s3'
import { createChangeSet, describeChange, PROTECTED, rejectedChanges } from './change-set.ts'
import type { DataTemplate } from './data-template.ts'
import { existingTables } from './existing-tables.ts'
import { existingBuckets } from './files-bucket.ts'
import { SetupError } from './setup-error.ts'

/** Of a stack that has no resources: its first change set was never executed. */
const EMPTY = 'REVIEW_IN_PROGRESS'
/** Of a stack that can only be deleted. */
const FAILED = new Set(['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'])
const COMPLETE = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE'])

/** CloudFormation rejects an update that would delete or replace a table or the bucket, also one from the console. */
const STACK_POLICY = {
  Statement: [
    { Effect: 'Allow', Principal: '*', Action: 'Update:*', Resource: '*' },
    {
      Effect: 'Deny',
      Principal: '*',
      Action: ['Update:Delete', 'Update:Replace'],
      Resource: '*',
      Condition: { StringEquals: { ResourceType: PROTECTED } },
    },
  ],
}

export interface DataStack {
  name: string
  template: DataTemplate
  tags: Readonly<Record<string, string>>
}

interface Progress {
  log(line: string): void
  pollMs?: number
}

export interface Clients {
  cloudFormation: CloudFormationClient
  dynamodb: DynamoDBClient
  s3: S3Client
}

/**
 * Creates or updates the data stack, and protects it. Tables and a bucket that exist outside of any stack become part of it. Returns when
 * CloudFormation has finished; throws a SetupError if a change is rejected or fails. After a failure or a crash, call it again.
 */
export async function deployDataStack(
  { cloudFormation: client, dynamodb, s3 }: Clients,
  stack: DataStack,
  { log, pollMs = 2_000 }: Progress,
) {
  const { name, template } = stack
  const before = await stackStatus(client, name)
  const hasFailed = FAILED.has(before ?? '')
  if (hasFailed) {
    log(`${name} could not be created earlier. It is deleted, without its data, and created again.`)
    await client.send(new DeleteStackCommand({ StackName: name }))
    await waitForStack(client, name, pollMs)
  }
  const isNew = hasFailed || before === undefined || before === EMPTY
  const found = isNew ? { ...(await existingTables(dynamodb, template)), ...(await existingBuckets(s3, template)) } : {}
  const isImport = Object.keys(found).length > 0
  // Without tags, which an import may not set: the update sets them.
  if (isImport) {
    const existing = { name, template: { ...template, Resources: found }, tags: {} }
    await applyTemplate(client, existing, 'CREATE', { log, pollMs })
  }
  await applyTemplate(client, stack, isNew && !isImport ? 'CREATE' : 'UPDATE', { log, pollMs })
  await client.send(new UpdateTerminationProtectionCommand({ StackName: name, EnableTerminationProtection: true }))
  await client.send(new SetStackPolicyCommand({ StackName: name, StackPolicyBody: JSON.stringify(STACK_POLICY) }))
}

async function applyTemplate(
  client: CloudFormationClient,
  stack: DataStack,
  type: 'CREATE' | 'UPDATE',
  { log, pollMs }: Required<Progress>,
): Promise<void> {
  const { name } = stack
  const { changeSet, changes } = await createChangeSet(client, stack, type, pollMs)
  const rejected = rejectedChanges(changes)
  if (changes.length === 0 || rejected.length > 0) await client.send(new DeleteChangeSetCommand(changeSet))
  if (rejected.length > 0)
    throw new SetupError(
      `This deployment would delete or replace ${rejected.join(', ')} in ${name}, and was stopped. See docs/operations/upgrade.md.`,
    )
  if (changes.length === 0) return
  log(`Changes of ${name}:`)
  for (const change of changes) log(`  ${describeChange(change)}`)
  await client.send(new ExecuteChangeSetCommand(changeSet))
  const status = await waitForStack(client, name, pollMs)
  if (!COMPLETE.has(status ?? ''))
    throw new SetupError(`${name} could not be deployed (${status}): ${await failureReasons(client, name)}`)
}

/** The status of a stack; undefined if there is none. */
async function stackStatus(client: CloudFormationClient, StackName: string): Promise<string | undefined> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }))
    return stack?.StackStatus === 'DELETE_COMPLETE' ? undefined : stack?.StackStatus
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined
    throw error
  }
}

async function waitForStack(client: CloudFormationClient, name: string, pollMs: number): Promise<string | undefined> {
  for (;;) {
    const status = await stackStatus(client, name)
    if (!status?.endsWith('_IN_PROGRESS')) return status
    await sleep(pollMs)
  }
}

/** Why the last operation failed, by resource. */
async function failureReasons(client: CloudFormationClient, StackName: string): Promise<string> {
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }))
  // Newest first. The operation starts with an event of the stack itself.
  const start = StackEvents.findIndex(
    ({ ResourceType, ResourceStatus }) =>
      ResourceType === 'AWS::CloudFormation::Stack' &&
      /^(?:CREATE|UPDATE|IMPORT)_IN_PROGRESS$/.test(ResourceStatus ?? ''),
  )
  const failed = StackEvents.slice(0, start < 0 ? undefined : start).filter(({ ResourceStatus }) =>
    ResourceStatus?.endsWith('_FAILED'),
  )
  return failed
    .reverse()
    .map(({ LogicalResourceId, ResourceStatusReason = 'no reason' }) => `${LogicalResourceId}: ${ResourceStatusReason}`)
    .join('; ')
}
