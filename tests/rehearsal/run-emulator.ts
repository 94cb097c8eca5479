import { mkdir } from 'node:fs/promises'
import { exitWithError, SetupError } from '../../dev/setup-error.ts'
import { emulatedAws } from './aws.ts'
import { FOLDER } from './command.ts'
import { installEmulator, MissingPrerequisite, startEmulator } from './emulator.ts'

/** `npm run emulator`: runs the AWS emulator of the rehearsal until Ctrl+C, for deployments without an account. */
async function main(): Promise<void> {
  const stopping = new AbortController()
  const stopped = new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, resolve)
  })
  stopped.then(() => stopping.abort(new SetupError('Stopped.')))
  await mkdir(FOLDER, { recursive: true, mode: 0o700 })
  console.log('Installing and starting the emulator.')
  await installEmulator(stopping.signal)
  const { url, stop } = await startEmulator(stopping.signal, Number(process.env['PORT'] || 4566))
  const variables = Object.entries(emulatedAws(url)).map(([name, value]) => `${name}=${value}`)
  console.log(`
The AWS emulator is running at ${url}. Run this in another terminal, then deploy from there:

export ${variables.join(' ')}

Stop with Ctrl+C, which deletes everything that was deployed.`)
  await stopped
  await stop()
}

main().catch((error: unknown) =>
  exitWithError(
    error instanceof MissingPrerequisite
      ? new SetupError(`The emulator needs Python 3.11 or newer, and PyPI: ${error.message}.`)
      : error,
  ),
)
