import { Command, type Option } from 'commander'
import { addCommands } from '../../cli/commands.ts'

const INTRO = `# Command line

\`npm run latchkey -- <command>\` administers Latchkey. [Administration](../operations/administration.md) explains how to
use the commands. This page is generated from their definitions by \`npm run docs -- --write\`.

These options apply to every command:`

const COMMON_OPTIONS: ReadonlySet<string | undefined> = new Set(['--stage', '--region', '--json'])
const isCommon = ({ long }: Option): boolean => COMMON_OPTIONS.has(long)

/** docs/reference/cli.md, from the definitions of the commands. */
export function generateCli(): Record<string, string> {
  const program = new Command('latchkey')
  addCommands(program)
  const commands = program.commands.flatMap(leaves)
  const common = (commands[0]?.options ?? []).filter(isCommon)
  const parts = [INTRO, optionTable(common), ...program.commands.flatMap((command) => sectionsOf(command, 2))]
  return { 'docs/reference/cli.md': `${parts.join('\n\n')}\n` }
}

const leaves = (command: Command): Command[] =>
  command.commands.length > 0 ? command.commands.flatMap(leaves) : [command]

function sectionsOf(command: Command, level: number): string[] {
  const heading = `${'#'.repeat(level)} ${pathOf(command)}`
  const description = `${command.description().replace(/^./, (letter) => letter.toUpperCase())}.`
  if (command.commands.length > 0)
    return [heading, description, ...command.commands.flatMap((child) => sectionsOf(child, level + 1))]
  const names = command.registeredArguments.map((argument) => [`<${argument.name()}>`, argument] as const)
  const usage = names.map(([name, { required, variadic }]) => {
    const repeated = variadic ? `${name}...` : name
    return required ? repeated : `[${repeated}]`
  })
  const mandatory = command.options.filter((option) => option.mandatory).map((option) => option.flags)
  const rows = [
    ...names.map(([name, { description }]) => [name, description]),
    ...command.options.filter((option) => !isCommon(option)).map((option) => [option.flags, option.description]),
  ]
  return [
    heading,
    description,
    ['```sh', ['npm run latchkey --', pathOf(command), ...usage, ...mandatory].join(' '), '```'].join('\n'),
    ...(rows.length > 0 ? [table(['argument or option', 'meaning'], rows)] : []),
  ]
}

/** The names that lead to a command, without the program's. */
const pathOf = (command: Command): string =>
  command.parent?.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()

const optionTable = (options: readonly Option[]): string =>
  table(
    ['option', 'meaning'],
    options.map(({ flags, description }) => [flags, description]),
  )

function table(head: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string {
  const lines = rows.map(([name = '', meaning = '']) => `| \`${name}\` | ${escapeCell(meaning)} |`)
  return [`| ${head.join(' | ')} |`, '|---|---|', ...lines].join('\n')
}

const escapeCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
