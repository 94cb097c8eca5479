import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CommandError } from '../cli/support/error-message.ts'
import { runDemo } from './demo/run-demo.ts'
import { readRun } from './run-file.ts'
import { readSecrets } from './secrets-file.ts'
import { exitWithError, SetupError } from './setup-error.ts'

if (existsSync('.env')) process.loadEnvFile('.env')

const FOLDER = process.env['LATCHKEY_FOLDER'] || '.latchkey'

/** `npm run demo`: adds boxes and people to the Latchkey that `npm start` runs, through its HTTP API. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'no-open': { type: 'boolean', default: false } } })
  const run = await readRun(FOLDER)
  if (!run) throw new SetupError('No Latchkey is running here: run npm start in another terminal first.')
  const adminToken = await readAdminToken(run.from_environment.includes('ADMIN_TOKEN'))
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => controller.abort())
  const openPage = async (url: string) => {
    if (!values['no-open']) await (await import('open')).default(url)
  }
  await runDemo(
    {
      url: run.url,
      adminToken,
      realProviders: run.real_providers,
      write: console.log,
      openPage,
      stop: 'Ctrl+C stops the live box.',
    },
    controller.signal,
  )
}

async function readAdminToken(isInEnvironment: boolean): Promise<string> {
  if (!isInEnvironment) return (await readSecrets(FOLDER))?.ADMIN_TOKEN ?? ''
  const { ADMIN_TOKEN } = process.env
  if (ADMIN_TOKEN) return ADMIN_TOKEN
  throw new SetupError('npm start has ADMIN_TOKEN from its environment: set the same one for npm run demo.')
}

main().catch((error: unknown) => exitWithError(error instanceof CommandError ? new SetupError(error.message) : error))
