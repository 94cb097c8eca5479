import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../dev/free-port.ts'
import { readSecrets } from '../dev/secrets-file.ts'
import { bareEnvironment } from '../tests/rehearsal/command.ts'

const POLL_MS = 50
const TIMEOUT_MS = 60_000

/** Makes a new folder on the disk of this checkout: that of temporary files may be in memory. */
export async function makeFolder(part: string): Promise<string> {
  const root = fileURLToPath(new URL('../.latchkey/', import.meta.url))
  await mkdir(root, { recursive: true })
  return mkdtemp(`${root}bench-${part}-`)
}

/** Starts the local service in a new process, as `npm start` does, with its data in `folder`; or another `program`. */
export async function startService(folder: string, environment: Record<string, string>, program = 'dev/start.ts') {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const isHealthy = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    )

  let child = await run('--fresh')

  async function run(...options: string[]): Promise<ChildProcess> {
    const started = spawn(process.execPath, [program, ...options], {
      cwd: new URL('..', import.meta.url),
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...bareEnvironment(), LATCHKEY_FOLDER: folder, PORT: String(port), ...environment },
    })
    const until = performance.now() + TIMEOUT_MS
    while (!(await isHealthy())) {
      if (started.exitCode !== null || performance.now() > until) throw new Error('The service did not start in time.')
      await sleep(POLL_MS)
    }
    return started
  }

  /** Kills all its processes with SIGKILL, so that they cannot clean up. */
  async function kill(): Promise<void> {
    const ended = once(child, 'exit')
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    await ended
  }

  const adminToken = (await readSecrets(folder))?.ADMIN_TOKEN ?? ''
  const admin: Record<string, string> = { authorization: `Bearer ${adminToken}` }
  return {
    url,
    admin,
    kill,
    /** Restarts the killed service with its stored data. */
    async restart(): Promise<void> {
      child = await run()
    },
    /** Sends a request and returns the JSON. Throws for any status but 200 to 299. */
    async fetchJson(path: string, init: RequestInit = {}): Promise<Record<string, string>> {
      const headers = { accept: 'application/json', ...init.headers }
      const response = await fetch(`${url}${path}`, { ...init, headers })
      const text = await response.text()
      if (!response.ok) throw new Error(`${path} returned ${response.status}: ${text}`)
      return JSON.parse(text)
    },
  }
}

export type Service = Awaited<ReturnType<typeof startService>>
