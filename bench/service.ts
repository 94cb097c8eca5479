import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../dev/free-port.ts'
import { readSecrets } from '../dev/secrets-file.ts'

const POLL_MS = 50
const PATIENCE_MS = 60_000

/** The local service, as `npm start` runs it, as a process of its own over a folder of its own. */
export async function startService(folder: string, environment: Record<string, string>) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const isWell = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )

  let child = await run('--fresh')

  async function run(...options: string[]): Promise<ChildProcess> {
    const started = spawn(process.execPath, ['dev/start.ts', ...options], {
      cwd: new URL('..', import.meta.url),
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '', LATCHKEY_FOLDER: folder, PORT: String(port), ...environment },
    })
    const until = performance.now() + PATIENCE_MS
    while (!(await isWell())) {
      if (started.exitCode !== null || performance.now() > until) throw new Error('the service did not start')
      await sleep(POLL_MS)
    }
    return started
  }

  /** SIGKILL for all its processes: nothing in them can still put anything in order. */
  async function kill(): Promise<void> {
    const ended = once(child, 'exit')
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await ended
  }

  const adminToken = (await readSecrets(folder))?.ADMIN_TOKEN ?? ''
  return {
    url,
    admin: { authorization: `Bearer ${adminToken}` },
    kill,
    /** Starts it again over what it had stored, after it was killed. */
    async startAgain(): Promise<void> {
      child = await run()
    },
    /** Asks for JSON; anything but 200 ends the bench. */
    async ask(path: string, init: RequestInit = {}): Promise<Record<string, string>> {
      const headers = { accept: 'application/json', ...init.headers }
      const answer = await fetch(`${url}${path}`, { ...init, headers })
      const text = await answer.text()
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${text}`)
      return JSON.parse(text)
    },
  }
}

export type Service = Awaited<ReturnType<typeof startService>>
