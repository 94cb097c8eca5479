import type { Command } from 'commander'
import * as z from 'zod'
import { CommandError, optionErrors, UsageError } from './error-message.ts'
import { addExamples, type Examples } from './examples.ts'
import { commandIo } from './io.ts'

/** The output of a command: `json` for programs, `text` for people. */
export interface CommandOutput {
  json: unknown
  text: string
  /** Printed on stderr. */
  notes?: readonly string[]
  /** Prints `json` or `text` on stderr, because the command wrote data to stdout. */
  onStderr?: boolean
  /** The failure of a part. It is printed on stderr, and the exit code is 1. */
  fault?: string
}

const where = z.object({
  stage: z.string().regex(/^[a-z][a-z0-9-]*$/i, 'must be letters, digits and hyphens'),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'must be a region such as eu-central-1')
    .optional(),
  json: z.boolean().default(false),
})

/** The options that every command has. */
export type StageOptions = z.output<typeof where>

/**
 * Adds the common options, examples and an action. The action calls `run` with validated options and prints its output,
 * unless `run` has written all of it (null).
 */
export function runCommand<T>(
  command: Command,
  examples: Examples,
  schema: z.ZodType<T>,
  run: (where: StageOptions, options: T, names: readonly string[]) => Promise<CommandOutput | null>,
): void {
  command
    .option('--stage <stage>', 'the deployed stage, or local for the one of npm start', 'local')
    .option('--region <region>', 'AWS region of the stage (default: that of the AWS environment)')
    .option('--json', 'print JSON, for programs')
    .action(async () => {
      const common = checked(where, command.opts())
      const output = await run(common, checked(schema, command.opts()), command.args)
      if (output) print(output, common.json)
    })
  addExamples(command, examples)
}

export const noOptions = z.object({})
/** Options of the commands about due and parked work. */
export const listOptions = z.object({ parked: z.boolean().default(false), due: z.boolean().default(false) })
export const redriveOptions = z.object({ all: z.boolean().default(false) })

function checked<T>(schema: z.ZodType<T>, given: unknown): T {
  const { data, error } = schema.safeParse(given)
  if (data !== undefined) return data
  throw new UsageError(
    optionErrors((error?.issues ?? []).map(({ path, message }) => ({ field: String(path[0]), detail: message }))),
  )
}

function print({ json, text, notes = [], onStderr = false, fault }: CommandOutput, asJson: boolean): void {
  const { stdout, stderr } = commandIo()
  for (const note of notes) stderr.write(`${note}\n`)
  const stream = onStderr ? stderr : stdout
  stream.write(`${asJson ? JSON.stringify(json) : text}\n`)
  if (fault !== undefined) throw new CommandError(fault)
}
