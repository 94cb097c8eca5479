import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `npm start` in processes of its own, with a temporary folder. */
export interface LocalRun {
  child: ChildProcess
  /** What it has printed so far. */
  output(): string
  /** Resolves when Latchkey is ready (null), or has exited (its exit code). */
  ready: Promise<number | null>
  /** Resolves with the exit code after the process has ended. */
  ended: Promise<number | null>
}

/** Arguments of Node in `npm start`. */
export const START = ['--import', './dev/require-node.mjs', 'dev/start.ts'] as const

/** Where the global setup stores the bundles of the functions for local runs. */
export const BUNDLES = '.latchkey/bundles'

/**
 * A temporary folder for local runs, with the bundles of the functions, as after an earlier start. `stop` kills the runs and
 * removes the folder.
 */
export function localRuns({ isFirst = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  if (!isFirst) cpSync(BUNDLES, join(folder, 'functions'), { recursive: true })
  const children: ChildProcess[] = []
  return {
    folder,
    start: (environment: Record<string, string>, ...args: string[]): LocalRun =>
      run(environment, process.execPath, [...START, ...args]),
    /** `npm run demo`, without a browser. Its `ready` is of no use. */
    demo: (): LocalRun => run({}, process.execPath, ['dev/demo.ts', '--no-open']),
    /** As `start`, by `npm start`. */
    startWithNpm: (environment: Record<string, string>): LocalRun => run(environment, 'npm', ['start']),
    /** As `start`, on a pseudo-terminal, whose keys are what the child reads from stdin. Linux only. */
    startOnTerminal: (environment: Record<string, string>): LocalRun =>
      run(environment, 'script', ['-qec', `"${process.execPath}" ${START.join(' ')}`, '/dev/null']),
    stop() {
      for (const child of children) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }

  function run(environment: Record<string, string>, command: string, args: readonly string[]): LocalRun {
    const child = spawn(command, args, {
      env: { PATH: process.env['PATH'] ?? '', LATCHKEY_FOLDER: folder, ...environment },
    })
    children.push(child)
    let output = ''
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const announced = new Promise<null>((resolve) => {
      const gather = (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes('npx latchkey setup prints it.')) resolve(null)
      }
      child.stdout.on('data', gather)
      child.stderr.on('data', gather)
    })
    return {
      child,
      output: () => output,
      ready: Promise.race([announced, ended]),
      ended,
    }
  }
}

/** Processes that a process has started, and those that they have started. Linux only. */
export function descendants(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number)
  return children.flatMap((child) => [child, ...descendants(child)])
}

/** Whether a process runs: it exists, and is not a zombie, which waits for its parent. Linux only. */
export const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`) && statOf(String(pid))[0] !== 'Z'

export const commandOf = (pid: number): string => readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')

const parentOf = (name: string): number => Number(statOf(name)[1])
/** The fields of a process after its name: state, parent, and others. */
const statOf = (name: string): string[] =>
  readOrEmpty(`/proc/${name}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
