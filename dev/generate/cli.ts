import { Command, type Option } from 'commander'
import { addCommands } from '../../cli/commands.ts'
import { examplesOf, PROGRAM } from '../../cli/support/examples.ts'

const INTRO = `# Command line

Start a command with \`${PROGRAM}\` in the folder of the repository, after \`npm ci\`. \`npm run latchkey -- <command>\` is the same.
[Administration](../operations/administration.md) explains how to use the commands. This page is generated from their
definitions by \`npm run docs -- --write\`.

- **Exit codes**: 0 after success, 1 after a failure, 2 for wrong usage.
- **JSON**: with \`--json\`, stdout has one JSON value; \`logs\` has one on each line. The last line of stderr after a failure
  is \`{"error":{"code":"failed","message":"…"}}\`. The code is \`failed\` or \`usage\`.
- **Clients**: where a command reads a client, use its \`client_id\` or its name. A name that several clients have is refused
  with their ids.
- **Times**: use an ISO time, a date, or a time ago such as \`24h\`, \`30m\` or \`7d\`.
- **Colour**: output is in colour on a terminal only. \`NO_COLOR=1\` turns it off.

These options apply to every command except \`completion\`:`

const COMMON_OPTIONS: ReadonlySet<string | undefined> = new Set(['--stage', '--region', '--json'])
const isCommon = ({ long }: Option): boolean => COMMON_OPTIONS.has(long)

/** docs/reference/cli.md, from the definitions of the commands. */
export function generateCli(): Record<string, string> {
  const program = new Command('latchkey')
  addCommands(program)
  // Shells call this one.
  const visible = program.commands.filter((command) => command.name() !== 'complete')
  const commands = visible.flatMap(leaves)
  const common = (commands[0]?.options ?? []).filter(isCommon)
  const parts = [INTRO, optionTable(common), ...visible.flatMap((command) => sectionsOf(command, 2))]
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
    ['```sh', [PROGRAM, pathOf(command), ...usage, ...mandatory].join(' '), '```'].join('\n'),
    ...(rows.length > 0 ? [table(['argument or option', 'meaning'], rows)] : []),
    ['Examples:', '', '```sh', ...(examplesOf(command) ?? []).map((example) => `${PROGRAM} ${example}`), '```'].join(
      '\n',
    ),
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
