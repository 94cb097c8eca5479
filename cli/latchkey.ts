import { existsSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { addCommands } from './commands.ts'
import { errorSentence } from './support/error-message.ts'

/** The administration of Latchkey: `npm run latchkey -- <command> --stage <stage>`. */
async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const program = new Command('latchkey')
    .description('Administers Latchkey: the local run, or a deployed stage with AWS credentials.')
    .addHelpText('after', '\nEvery command takes --stage, --region and --json, and explains itself by --help.')
    // Set before the commands are made, which take it over.
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
  addCommands(program)
  await program.parseAsync()
}

main().catch((error: unknown) => {
  // Help is no failure; without a command it is, and has been printed.
  if (error instanceof CommanderError && /^commander\.help/.test(error.code)) process.exitCode = error.exitCode
  else {
    console.error(errorSentence(error))
    process.exitCode = 1
  }
})
