import { Command, CommanderError } from 'commander'
import { addCommands } from './commands.ts'
import { errorSentence } from './support/error-message.ts'
import { type CommandIo, withIo } from './support/io.ts'

/**
 * The administration of Latchkey: `npm run latchkey -- <command> --stage <stage>`. Returns the exit code. A command
 * reads and sets `process.env`, as AWS's libraries do.
 */
export function main(argv: readonly string[], io: CommandIo): Promise<number> {
  const program = new Command('latchkey')
    .description('Administers Latchkey: the local run, or a deployed stage with AWS credentials.')
    .addHelpText('after', '\nEvery command accepts --stage, --region and --json. --help explains a command.')
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
      // Requested help exits with 0. A missing command exits with 1, after commander has printed the help.
      if (error instanceof CommanderError && /^commander\.help/.test(error.code)) return error.exitCode
      io.stderr.write(`${errorSentence(error)}\n`)
      return 1
    }
  })
}
