import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { openSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { REGION } from './aws.ts'
import { bareEnvironment, CommandFailure, FOLDER, ROOT, run } from './command.ts'

export const EMULATOR_LOG = `${FOLDER}/emulator.log`
const VENV = `${FOLDER}/venv`
const REQUIREMENTS = `${ROOT}dev/rehearsal/requirements.txt`

/** What this machine lacks for a rehearsal. */
export class MissingPrerequisite extends Error {}

/** Installs the emulator into a virtual environment of its own, unless the very same is there. */
export async function installEmulator(signal: AbortSignal): Promise<void> {
  const wanted = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex')
  const installed = `${VENV}/installed`
  if ((await readFile(installed, 'utf8').catch(() => '')) === wanted) return
  await rm(VENV, { recursive: true, force: true })
  const version = await run('python', 'python3', ['--version'], { signal }).catch(() => '')
  const [, minor = '0'] = /^Python 3\.(\d+)/.exec(version) ?? []
  if (Number(minor) < 11) throw new MissingPrerequisite('no python3 of version 3.11 or newer')
  const python = (lacking: string, ...args: string[]) =>
    run('python', args[0] === 'venv' ? 'python3' : `${VENV}/bin/python`, ['-m', ...args], { signal }).catch((error) => {
      signal.throwIfAborted()
      throw new MissingPrerequisite(lacking, { cause: error })
    })
  await python('python3 has no module venv', 'venv', VENV)
  const pip = ['pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', REQUIREMENTS]
  await python('the emulator cannot be installed from PyPI, see .rehearsal/python.log', ...pip)
  await writeFile(installed, wanted)
}

export interface RunningEmulator {
  url: string
  stop(): Promise<void>
}

/** Starts the emulator on a free port; it enforces the rights of roles, as AWS does. */
export async function startEmulator(signal: AbortSignal): Promise<RunningEmulator> {
  const port = await freePort()
  const temporary = `${FOLDER}/tmp`
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  // The emulator's own code is written there, and would be taken for what this project's package.json says.
  await writeFile(`${temporary}/package.json`, '{ "type": "commonjs" }\n')
  const log = openSync(EMULATOR_LOG, 'w')
  const child = spawn(`${VENV}/bin/python`, ['-u', `${ROOT}dev/rehearsal/emulator.py`], {
    env: {
      ...bareEnvironment(),
      // The functions run with the Node that is found first.
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      TMPDIR: temporary,
      STATE_DIR: `${temporary}/state`,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: REGION,
      SFTP_ENABLED: '0',
      AUTH: 'true',
      // What Node itself has to say about old interfaces of the emulator is no matter of ours.
      NODE_NO_WARNINGS: '1',
    },
    stdio: ['ignore', log, log],
    // A group of its own, which holds the functions' processes too.
    detached: true,
  })
  const url = `http://127.0.0.1:${port}`
  const stop = () => stopGroup(child)
  try {
    const until = Date.now() + 60_000
    while (!(await isReady(url))) {
      signal.throwIfAborted()
      if (child.exitCode !== null || Date.now() > until) throw new CommandFailure('the emulator does not start')
      await sleep(200)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}

const isReady = (url: string) =>
  fetch(`${url}/_ministack/ready`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  )

async function stopGroup(child: ChildProcess): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  const send = (name: NodeJS.Signals) => {
    try {
      process.kill(-pid, name)
      return true
    } catch {
      return false // nobody is left
    }
  }
  for (let tries = 0; tries < 20 && send('SIGTERM'); tries += 1) await sleep(250)
  send('SIGKILL')
  await rm(`${FOLDER}/tmp`, { recursive: true, force: true })
}
