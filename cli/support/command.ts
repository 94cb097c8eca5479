import type { Command } from 'commander'
import * as z from 'zod'
import { CommandError, optionErrors } from './error-message.ts'
import { commandIo } from './io.ts'

/** The output of a command: `json` for programs, `text` for people. */
export interface CommandOutput {
  json: unknown
  text: string
  /** Printed on stderr. */
  notes?: readonly string[]
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

/** Adds the common options and an action. The action calls `run` with validated options and prints its output. */
export function runCommand<T>(
  command: Command,
  schema: z.ZodType<T>,
  run: (where: StageOptions, options: T, names: readonly string[]) => Promise<CommandOutput>,
): void {
  command
    .option('--stage <stage>', 'the deployed stage, or local for the one of npm start', 'local')
    .option('--region <region>', 'AWS region of the stage (default: that of the AWS environment)')
    .option('--json', 'print JSON, for programs')
    .action(async () => {
      const common = checked(where, command.opts())
      print(await run(common, checked(schema, command.opts()), command.args), common.json)
    })
}

export const noOptions = z.object({})

function checked<T>(schema: z.ZodType<T>, given: unknown): T {
  const { data, error } = schema.safeParse(given)
  if (data !== undefined) return data
  throw new CommandError(
    optionErrors((error?.issues ?? []).map(({ path, message }) => ({ field: String(path[0]), detail: message }))),
  )
}

function print({ json, text, notes = [], fault }: CommandOutput, asJson: boolean): void {
  const { stdout, stderr } = commandIo()
  for (const note of notes) stderr.write(`${note}\n`)
  stdout.write(`${asJson ? JSON.stringify(json) : text}\n`)
  if (fault !== undefined) throw new CommandError(fault)
}

/** Rows under column names. Control characters in cells, such as a client's name, are replaced. */
export function table(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [names, ...rows].map((row) => row.map(plain))
  const widths = names.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Facts, one per line, without undefined ones. */
export const facts = (pairs: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(pairs)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${plain(value ?? '')}`)
    .join('\n')

/** Text without control characters, which is safe to print on a terminal. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')

/** Maximum number of names in a list. */
const LISTED = 20

/** Names in one line; only the first ones of a long list. */
export const listed = (names: readonly string[]): string =>
  `${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ` and ${names.length - LISTED} more` : ''}`
