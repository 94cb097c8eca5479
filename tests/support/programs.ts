import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../dev/free-port.ts'
import { randomSecret } from '../../lib/crypto/secrets.ts'
import { signalGroup } from '../rehearsal/command.ts'
import { START } from './local-run.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type Command = readonly [name: string, ...args: string[]]

const ABORTED = 'it took too long'

interface RunOptions {
  cwd: string
  signal?: AbortSignal
  env?: Readonly<Record<string, string>>
}

/**
 * Runs a program. Returns its output, also if the program does not exist. After `signal`, it ends the program with all
 * that it has started, and returns when all of them have ended.
 */
export const run = ([name, ...args]: Command, { cwd, signal, env }: RunOptions) =>
  new Promise<{ isSuccess: boolean; output: string }>((resolve) => {
    if (signal?.aborted) return resolve({ isSuccess: false, output: ABORTED })
    // Detached: it leads a process group, which can be ended as a whole.
    const child = spawn(name, args, { cwd, env: { ...process.env, ...env }, detached: true })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
    const abort = () => signalGroup(child, 'SIGKILL')
    signal?.addEventListener('abort', abort)
    child.on('error', ({ message }) => resolve({ isSuccess: false, output: message }))
    child.on('close', (code) => {
      signal?.removeEventListener('abort', abort)
      resolve({ isSuccess: code === 0, output: signal?.aborted ? ABORTED : output.trim() })
    })
  })

/** `npm start` on a free port, with its data in a folder. `stop` waits for its end. */
export async function startLocalLatchkey(folder: string, settings: Readonly<Record<string, string>> = {}) {
  const adminToken = randomSecret()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const child = spawn(process.execPath, START, {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      LATCHKEY_FOLDER: folder,
      PORT: String(port),
      ADMIN_TOKEN: adminToken,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const closed = once(child, 'close')
  const stop = async () => {
    child.kill('SIGTERM')
    await closed
  }
  const isReady = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  for (let tries = 0; tries < 600 && child.exitCode === null; tries += 1) {
    if (await isReady()) return { url, adminToken, stop }
    await sleep(200)
  }
  await stop()
  throw new Error('npm start does not respond.')
}
