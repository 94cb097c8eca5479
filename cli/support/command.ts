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
/** Options of the commands about due and parked work. */
export const listOptions = z.object({ parked: z.boolean().default(false), due: z.boolean().default(false) })
export const redriveOptions = z.object({ all: z.boolean().default(false) })

function checked<T>(schema: z.ZodType<T>, given: unknown): T {
  const { data, error } = schema.safeParse(given)
  if (data !== undefined) return data
  throw new CommandError(
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

type Value = string | number | readonly string[] | null | undefined

/** A value in text. Control characters, such as those in a client's name, are replaced. */
const format = (value: Value): string => plain(Array.isArray(value) ? value.join(' ') : String(value ?? '-'))

/** The named members of rows, under their names. */
export function table<Name extends string>(
  names: readonly Name[],
  rows: readonly Readonly<Partial<Record<Name, Value>>>[],
): string {
  const columns = names.map((name) => {
    const cells = [name, ...rows.map((row) => format(row[name]))]
    const width = Math.max(...cells.map((cell) => cell.length))
    return cells.map((cell) => cell.padEnd(width))
  })
  const lines = [-1, ...rows.keys()].map((row) => columns.map((column) => column[row + 1]).join('  '))
  return lines.map((line) => line.trimEnd()).join('\n')
}

/** Facts, one per line, without those that are null or undefined. */
export const facts = (pairs: Readonly<Record<string, Value>>): string =>
  Object.entries(pairs)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}: ${format(value)}`)
    .join('\n')

/** Text without control characters, which is safe to print on a terminal. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}')

/** Maximum number of names in a list. */
const LISTED = 20

/** Names in one line; only the first ones of a long list. */
export const listed = (names: readonly string[]): string =>
  `${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ` and ${names.length - LISTED} more` : ''}`
