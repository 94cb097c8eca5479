import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Files of a rehearsal: the emulator, its log, the output of the commands. */
export const FOLDER = `${ROOT}.rehearsal`

/** A failed command, with the last lines of its output. */
export class CommandFailure extends Error {
  readonly output: string
  constructor(message: string, output = '') {
    super(message)
    this.output = output
  }
}

/** The environment of commands without the settings of this shell, which must not affect a rehearsal. */
export const bareEnvironment = () => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  // Package managers need these to reach their registries.
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^(?:pip|https?_proxy|no_proxy|ssl_)/i.test(name)),
  ),
})

/** Runs a command and returns its stdout; all output is also written to a log file. Rejects on a non-zero status. */
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
  let output = ''
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
      file.write(chunk)
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(signal.aborted ? signal.reason : error))
    child.on('close', (code) => {
      const message = `${command.split('/').at(-1)} ${args.join(' ')} ended with code ${code}`
      file.end(() => (code === 0 ? resolve(stdout) : reject(new CommandFailure(message, lastLines(output, 60)))))
    })
  })
}

export const lastLines = (text: string, count: number): string => text.trimEnd().split('\n').slice(-count).join('\n')

/** Sends a signal to a detached process and all that it has started. Returns whether one of them was left. */
export function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): boolean {
  if (pid === undefined) return false
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return false // no process is left
  }
}
