import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  paginateDescribeChangeSet,
  type ResourceChange,
} from '@aws-sdk/client-cloudformation'
import type { DataStack } from './data-stack.ts'
import { SetupError } from './setup-error.ts'

/** Types of resources whose data no deployment may delete. */
export const PROTECTED = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket']

/** How CloudFormation explains an empty change set, which it reports as a failure. */
const NO_CHANGES = /didn't contain changes|No updates are to be performed/

/** A change set. Permissions depend on the name of the stack, which its id would not show. */
export interface ChangeSet {
  StackName: string
  ChangeSetName: string
}

/**
 * Creates a change set, and returns it with its changes; none if the stack is as its template. Tables and
 * buckets that exist outside of any stack are imported. Throws a SetupError if CloudFormation rejects the template.
 */
export async function createChangeSet(
  client: CloudFormationClient,
  { name, template, tags }: DataStack,
  type: 'CREATE' | 'UPDATE',
  pollMs: number,
): Promise<{ changeSet: ChangeSet; changes: ResourceChange[] }> {
  const changeSet = { StackName: name, ChangeSetName: `deploy-${Date.now()}` }
  await client.send(
    new CreateChangeSetCommand({
      ...changeSet,
      ChangeSetType: type,
      TemplateBody: JSON.stringify(template),
      ImportExistingResources: true,
      Capabilities: ['CAPABILITY_IAM'],
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  )
  for (;;) {
    const { status, reason, changes } = await describeChangeSet(client, changeSet)
    if (status === 'CREATE_COMPLETE') return { changeSet, changes }
    if (status === 'FAILED' && NO_CHANGES.test(reason)) return { changeSet, changes: [] }
    if (status === 'FAILED') {
      await client.send(new DeleteChangeSetCommand(changeSet))
      throw new SetupError(`CloudFormation rejected the changes of ${name}: ${reason}`)
    }
    await sleep(pollMs)
  }
}

async function describeChangeSet(client: CloudFormationClient, changeSet: ChangeSet) {
  const result = { status: '', reason: '', changes: [] as ResourceChange[] }
  for await (const page of paginateDescribeChangeSet({ client }, changeSet)) {
    result.status = page.Status ?? ''
    result.reason = page.StatusReason ?? ''
    result.changes.push(...(page.Changes ?? []).flatMap(({ ResourceChange }) => ResourceChange ?? []))
  }
  return result
}

/**
 * The tables and buckets that a change set would delete or replace. A new index is a conditional replacement, which the stack policy
 * decides when it is executed.
 */
export const rejectedChanges = (changes: readonly ResourceChange[]): string[] =>
  changes.flatMap(({ ResourceType, Action, Replacement, LogicalResourceId }) =>
    PROTECTED.includes(ResourceType ?? '') && (Action === 'Remove' || Replacement === 'True')
      ? [LogicalResourceId ?? '']
      : [],
  )

/** A line such as `Modify ClientsTable: Tags, OnDemandThroughput`. */
export function describeChange({ Action, LogicalResourceId, Details = [] }: ResourceChange): string {
  const names = new Set(Details.map(({ Target }) => Target?.Name ?? Target?.Attribute ?? ''))
  return `${Action} ${LogicalResourceId}${Action === 'Modify' ? `: ${[...names].join(', ')}` : ''}`
}
