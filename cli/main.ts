import { Command, CommanderError } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { addCommands } from './commands.ts'
import { describeError, formatError } from './support/error-message.ts'
import { type CommandIo, withIo } from './support/io.ts'

/**
 * The command line of Latchkey: `npx latchkey <command> --stage <stage>`. Returns the exit code: 1 after a failure, 2
 * after wrong usage. A command reads and sets `process.env`, as AWS's libraries do.
 */
export function main(argv: readonly string[], io: CommandIo): Promise<number> {
  const program = new Command('latchkey')
    .description('Runs Latchkey’s commands: on the local run, or on a deployed stage with AWS credentials.')
    .version(packageJson.version, '--version', 'print the version')
    .addHelpText('after', '\nMost commands accept --stage, --region and --json. --help explains a command.')
    // Commands copy these settings when they are created.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined,
    })
  addCommands(program)
  return withIo(io, async () => {
    try {
      await program.parseAsync(argv, { from: 'user' })
      return 0
    } catch (error) {
      // Requested help and --version exit with 0. A missing command is wrong usage; commander has printed the help.
      if (error instanceof CommanderError && /^commander\.(?:help|version)/.test(error.code))
        return error.exitCode === 0 ? 0 : 2
      const description = describeError(error)
      io.stderr.write(`${formatError(description, argv.includes('--json'), io.stderr)}\n`)
      return description.code === 'usage' ? 2 : 1
    }
  })
}
