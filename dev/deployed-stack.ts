import type { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import * as z from 'zod'
import { ENVIRONMENT_NAMES } from '../lib/config/settings-table.ts'

/** Executions that AWS requires to remain without a reservation. */
const MIN_UNRESERVED = 100

const lambda = z.object({
  FunctionName: z.string(),
  ReservedConcurrentExecutions: z.int().optional(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
})
const template = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.optional(z.unknown()) })),
})

/** A function of a template, as far as deployments compare it. */
export interface StackFunction {
  name: string
  /** 0 without a reservation. */
  reserved: number
  environment: Readonly<Record<string, unknown>>
}

/** The functions in a CloudFormation template. */
export const stackFunctions = (body: unknown): StackFunction[] =>
  Object.values(template.parse(body).Resources).flatMap(({ Type, Properties }) => {
    if (Type !== 'AWS::Lambda::Function') return []
    const { FunctionName, ReservedConcurrentExecutions = 0, Environment } = lambda.parse(Properties)
    return [{ name: FunctionName, reserved: ReservedConcurrentExecutions, environment: Environment?.Variables ?? {} }]
  })

/** The functions of the deployed stack; none if there is no stack. */
export async function deployedStack(client: CloudFormationClient, StackName: string): Promise<StackFunction[]> {
  try {
    const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName }))
    return stackFunctions(JSON.parse(TemplateBody))
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return []
    throw error
  }
}

/** A line for each setting that a deployment changes. Settings are not secret, so that the lines contain their values. */
export function settingChanges(before: readonly StackFunction[], after: readonly StackFunction[]): string[] {
  const [old, next] = [settingsOf(before), settingsOf(after)]
  return ENVIRONMENT_NAMES.flatMap((name) => {
    // A setting without a function that reads it is neither deployed nor removed.
    const [from, to] = [old.get(name), next.get(name)]
    return from === undefined || to === undefined || from === to ? [] : [`${name}: ${shown(from)} -> ${shown(to)}`]
  })
}

const settingsOf = (functions: readonly StackFunction[]): Map<string, string> =>
  new Map(
    functions.flatMap(({ environment }) =>
      Object.entries(environment).map(([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  )

const shown = (value: string): string => (value === '' ? '(default)' : value)

/** The executions that functions reserve together. */
export const reservedBy = (functions: readonly { reserved: number }[]): number =>
  functions.reduce((sum, { reserved }) => sum + reserved, 0)

/** Returns why an account cannot reserve `needed` executions for a stage that already reserves some, or null. */
export function reservationError(unreserved: number, alreadyReserved: number, needed: number): string | null {
  const available = unreserved + alreadyReserved - MIN_UNRESERVED
  if (available >= needed) return null
  const account = `This account can reserve ${Math.max(available, 0)} executions, and the stage needs ${needed}.`
  return `${account} Set RESERVE_CONCURRENCY=false, or request a higher quota of concurrent executions.`
}
