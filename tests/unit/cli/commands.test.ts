import { Command } from 'commander'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { addCommands } from '../../../cli/commands.ts'
import { main } from '../../../cli/main.ts'
import { examplesOf } from '../../../cli/support/examples.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { testIo } from '../../support/cli-io.ts'

const program = new Command('latchkey')
addCommands(program)
const withDescendants = (command: Command): Command[] => [command, ...command.commands.flatMap(withDescendants)]
const pathOf = (command: Command): string[] => (command.parent ? [...pathOf(command.parent), command.name()] : [])
const commands = withDescendants(program)
  .filter((command) => command.name() !== 'complete')
  .map((command) => ({ path: pathOf(command).join(' '), command }))

async function run(...args: string[]) {
  const io = testIo()
  return { code: await main(args, io), ...io.text }
}

describe('the help of a command', () => {
  it.each(commands)('of "$path" has two examples, whose options exist', async ({ path, command }) => {
    const examples = examplesOf(command) ?? ['', '']
    const { stdout } = await run(...path.split(' ').filter(Boolean), '--help')
    for (const example of examples) expect(stdout).toContain(`\n  npx latchkey ${example}\n`)
    for (const example of examples) {
      expect(example.startsWith(path)).toBe(true)
      const target = commands.findLast((candidate) => example.startsWith(candidate.path))?.command
      const known = target?.options.flatMap(({ long, negate }) => (negate ? [] : [long]))
      for (const option of example.match(/--[a-z-]+/g) ?? []) expect(known).toContain(option)
    }
  })
})

describe('the command line', () => {
  afterEach(() => vi.restoreAllMocks())

  it('prints its version', async () => {
    expect(await run('--version')).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' })
  })

  it('suggests a name for a mistyped command or option, and exits with 2', async () => {
    expect(await run('clents')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'There is no such command: --help lists all commands. Did you mean clients?\n',
    })
    expect((await run('clients', 'lst')).stderr).toMatch(/Did you mean list\?\n$/)
    expect((await run('clients', 'list', '--jsn')).stderr).toMatch(/Did you mean --json\?\n$/)
  })

  it('prints errors as JSON with --json', async () => {
    const { code, stderr } = await run('clients', 'set', 'garden', '--json')
    expect(code).toBe(2)
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'usage',
        message: 'Set --scope, --audience, --dpop-bound, --no-dpop-bound, --upload or --no-upload.',
      },
    })
  })

  it.each(['bash', 'zsh', 'fish'])('prints a completion script for %s', async (shell) => {
    const print = vi.spyOn(console, 'log').mockReturnValue()
    expect((await run('completion', shell)).code).toBe(0)
    expect(print.mock.calls.join('\n')).toContain('latchkey complete --')
    expect((await run('completion', 'none')).code).toBe(2)
  })

  it('completes commands and options', async () => {
    const print = vi.spyOn(console, 'log').mockReturnValue()
    await run('complete', '--', 'clients', '')
    await run('complete', '--', 'clients', 'create', '--to')
    expect(print.mock.calls.map(([line]) => String(line).split('\t')[0])).toEqual(
      expect.arrayContaining(['list', 'rotate-secret', '--token']),
    )
  })
})
