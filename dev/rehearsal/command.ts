import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Where all of a rehearsal lies: the emulator, its log, the output of the commands. */
export const FOLDER = `${ROOT}.rehearsal`

/** A failure that is told as it is, with the last lines of what a command said. */
export class CommandFailure extends Error {
  readonly said: string
  constructor(message: string, said = '') {
    super(message)
    this.said = said
  }
}

/** Settings of this shell do not belong into a rehearsal: a command knows what it is given, and where programs are. */
export const bareEnvironment = () => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  // Package managers may be told here how to reach their registries.
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(?:pip|https?_proxy|no_proxy|ssl_)/i.test(name)),
  ),
})

/** Runs a command to its end and gives what it printed, which is kept in a file as well; throws when it fails. */
export function run(
  log: string,
  command: string,
  args: readonly string[],
  { environment = {}, signal }: { environment?: Record<string, string>; signal: AbortSignal },
): Promise<string> {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...bareEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const file = createWriteStream(`${FOLDER}/${log}.log`)
  let said = ''
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk
      file.write(chunk)
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    child.on('close', (code) => {
      file.end()
      if (code === 0) return resolve(printed)
      reject(
        new CommandFailure(
          `${command.split('/').at(-1)} ${args.join(' ')} ended with code ${code}`,
          lastLines(said, 60),
        ),
      )
    })
  })
}

export const lastLines = (text: string, count: number): string => text.trimEnd().split('\n').slice(-count).join('\n')
