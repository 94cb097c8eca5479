import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { openSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { REGION } from './aws.ts'
import { bareEnvironment, CommandFailure, FOLDER, ROOT, run, signalGroup } from './command.ts'

export const EMULATOR_LOG = `${FOLDER}/emulator.log`
const VENV = `${FOLDER}/venv`
const REQUIREMENTS = `${ROOT}tests/rehearsal/requirements.txt`

/** This machine lacks something that a rehearsal needs. */
export class MissingPrerequisite extends Error {}

/** Installs the emulator into a virtual environment, unless that version is installed. */
export async function installEmulator(signal: AbortSignal): Promise<void> {
  const requirementsDigest = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex')
  const installed = `${VENV}/installed`
  if ((await readFile(installed, 'utf8').catch(() => '')) === requirementsDigest) return
  await rm(VENV, { recursive: true, force: true })
  const version = await run('python', 'python3', ['--version'], { signal }).catch(() => '')
  const [, minor = '0'] = /^Python 3\.(\d+)/.exec(version) ?? []
  if (Number(minor) < 11) throw new MissingPrerequisite('no python3 of version 3.11 or newer')
  const python = (errorMessage: string, ...args: string[]) =>
    run('python', args[0] === 'venv' ? 'python3' : `${VENV}/bin/python`, ['-m', ...args], { signal }).catch((error) => {
      signal.throwIfAborted()
      throw new MissingPrerequisite(errorMessage, { cause: error })
    })
  await python('python3 has no module venv', 'venv', VENV)
  const pip = ['pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', REQUIREMENTS]
  await python('the emulator cannot be installed from PyPI, see .rehearsal/python.log', ...pip)
  await writeFile(installed, requirementsDigest)
}

export interface RunningEmulator {
  url: string
  stop(): Promise<void>
}

/** Starts the emulator. It enforces the permissions of roles, as AWS does. */
export async function startEmulator(signal: AbortSignal, port: number): Promise<RunningEmulator> {
  const temporary = `${FOLDER}/tmp`
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary, { recursive: true })
  // The emulator writes CommonJS there, which this project's package.json would turn into ES modules.
  await writeFile(`${temporary}/package.json`, '{ "type": "commonjs" }\n')
  const log = openSync(EMULATOR_LOG, 'w')
  const child = spawn(`${VENV}/bin/python`, ['-u', `${ROOT}tests/rehearsal/emulator.py`], {
    env: {
      ...bareEnvironment(),
      // The functions run with the first Node in PATH.
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      TMPDIR: temporary,
      STATE_DIR: `${temporary}/state`,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: REGION,
      SFTP_ENABLED: '0',
      AUTH: 'true',
      // The emulator uses deprecated interfaces of Node.
      NODE_NO_WARNINGS: '1',
    },
    stdio: ['ignore', log, log],
    // Its own process group, which includes the processes of the functions.
    detached: true,
  })
  const url = `http://127.0.0.1:${port}`
  const stop = () => stopGroup(child)
  try {
    const timeout = Date.now() + 60_000
    while (!(await isReady(url))) {
      signal.throwIfAborted()
      if (child.exitCode !== null || Date.now() > timeout) throw new CommandFailure('the emulator does not start')
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
  for (let tries = 0; tries < 20 && signalGroup(child, 'SIGTERM'); tries += 1) await sleep(250)
  signalGroup(child, 'SIGKILL')
  await rm(`${FOLDER}/tmp`, { recursive: true, force: true })
}
