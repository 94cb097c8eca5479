import {
  type CloudFormationClient,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation'
import * as z from 'zod'
import { SetupError } from './setup-error.ts'

const TABLE = 'AWS::DynamoDB::Table'
const template = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), DeletionPolicy: z.string().optional() })),
})

/**
 * Whether the application's stack still contains the tables, as in earlier versions. Throws a SetupError if it does, and
 * `moveTables` does not confirm that they move; or if CloudFormation would delete them.
 */
export async function ownsTables(client: CloudFormationClient, stack: string, moveTables: boolean): Promise<boolean> {
  const tables = await tablesOf(client, stack)
  if (tables.length === 0) return false
  if (!moveTables)
    throw new SetupError(
      `The stack ${stack} contains ${tables.join(', ')}. Add --param="moveTables=true" to move them to ${stack}-data: see docs/operations/upgrade.md.`,
    )
  const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName: stack }))
  const { Resources } = template.parse(JSON.parse(TemplateBody))
  const unprotected = tables.filter((name) => Resources[name]?.DeletionPolicy !== 'Retain')
  if (unprotected.length > 0)
    throw new SetupError(`${unprotected.join(', ')} would be deleted: set DeletionPolicy to Retain in ${stack} first.`)
  return true
}

/** Logical ids of the tables that a stack contains; none if there is no stack. */
async function tablesOf(client: CloudFormationClient, StackName: string): Promise<string[]> {
  const tables: string[] = []
  try {
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
      for (const { ResourceType, ResourceStatus, LogicalResourceId = '' } of StackResourceSummaries)
        if (ResourceType === TABLE && !/^DELETE_(?:COMPLETE|SKIPPED)$/.test(ResourceStatus ?? ''))
          tables.push(LogicalResourceId)
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return []
    throw error
  }
  return tables
}
