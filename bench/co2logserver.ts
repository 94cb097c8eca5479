import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../dev/free-port.ts'
import { bareEnvironment } from '../tests/rehearsal/command.ts'

const run = promisify(execFile)
const VENV = fileURLToPath(new URL('../.latchkey/co2logserver/', import.meta.url))
const PYTHON = `${VENV}bin/python`
/** The last versions that co2logserver works with, and what they need. */
const PACKAGES = [
  'co2logserver==0.1.2',
  'Flask==2.1.3',
  'Werkzeug==2.1.2',
  'Jinja2==3.1.6',
  'MarkupSafe==3.0.3',
  'itsdangerous==2.2.0',
  'click==8.1.8',
  'gunicorn==23.0.0',
]
const INSTALL_MS = 60_000
const START_MS = 20_000
const POLL_MS = 50

/** Installs co2logserver from PyPI, unless it is installed. Returns what is missing, or null. */
export async function installCo2logserver(): Promise<string | null> {
  const marker = `${VENV}${PACKAGES.join(' ')}`
  if (existsSync(marker)) return null
  const options = { env: bareEnvironment(), timeout: INSTALL_MS }
  try {
    await rm(VENV, { recursive: true, force: true })
    await run('python3', ['-m', 'venv', VENV], options)
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES], options)
    // It needs older versions of its packages than newer versions of Python may accept.
    await run(PYTHON, ['-c', 'import co2logserver, gunicorn.app.wsgiapp'], { ...options, cwd: VENV })
    await writeFile(marker, '')
    return null
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n')
    return `co2logserver cannot be installed with python3 and PyPI: ${lines.at(-1)}`
  }
}

/** A running co2logserver, with an empty database in `folder`. */
export interface Co2logserver {
  url: string
  /** Copies the stored rows until there are `copies` times as many. `reset` returns to these. */
  multiply(copies: number): Promise<void>
  /** Removes the rows of later uploads. co2logserver sorts all rows for each upload, so that it becomes slower with each. */
  reset(): Promise<void>
  stop(): Promise<void>
}

/** Starts co2logserver as its README advises: behind gunicorn. A download may have `mostRows`. */
export async function startCo2logserver(folder: string, mostRows = 1_000): Promise<Co2logserver> {
  await mkdir(folder, { recursive: true })
  const database = `${folder}/co2.sqlite`
  const [saved, settings] = [`${database}.saved`, `${folder}/settings.py`]
  await writeFile(settings, `CO2LOGSERVER_MAX_LIMIT_OF_ROWS = ${mostRows}\n`)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    PYTHON,
    ['-m', 'gunicorn', '--log-level', 'error', '--bind', `127.0.0.1:${port}`, 'co2logserver'],
    {
      cwd: folder,
      env: { ...bareEnvironment(), HOME: folder, CO2LOGSERVER_CONFIG: settings },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const ended = once(child, 'exit')
  for (const until = performance.now() + START_MS; !(await responds(url)); await sleep(POLL_MS))
    if (child.exitCode !== null || performance.now() > until) throw new Error('co2logserver did not start in time.')
  return {
    url,
    async multiply(copies) {
      const copy = `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${copies}) INSERT INTO data SELECT data.* FROM data, n`
      await run(PYTHON, [
        '-c',
        `import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as c: c.execute(sys.argv[2])`,
        database,
        copy,
      ])
      await copyFile(database, saved)
    },
    reset: () => copyFile(saved, database),
    async stop() {
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const responds = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
