import { spawnSync } from 'node:child_process'
import type { EventEmitter } from 'node:events'

/** What `npm start` does when a key is pressed. */
export interface KeyAction {
  key: string
  /** What the key does, for the line that lists the keys. */
  label: string
  run(): unknown
}

/** The part of stdin that reads keys. */
export type KeyInput = Pick<EventEmitter, 'on'> & {
  isTTY?: boolean
  setRawMode(isRaw: boolean): unknown
  setEncoding(encoding: 'utf8'): unknown
  resume(): unknown
}

const CTRL_C = '\u0003'

/**
 * Runs the actions when their keys are pressed. In raw mode the terminal sends no signal for Ctrl+C, so `interrupt` does.
 * The terminal is as before when the process exits.
 */
export function readKeys(input: KeyInput, actions: readonly KeyAction[], interrupt: () => void): void {
  input.setRawMode(true)
  process.once('exit', () => input.setRawMode(false))
  input.setEncoding('utf8')
  input.on('data', (text: string) => {
    if (text === CTRL_C) interrupt()
    void actions.find(({ key }) => key === text)?.run()
  })
  input.resume()
}

/** Whether a person can press keys: the system stops a background process that reads from its terminal. */
export function hasKeyboard(input: { isTTY?: boolean }): boolean {
  if (!input.isTTY) return false
  if (process.platform === 'win32') return true
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(process.pid)], { encoding: 'utf8' })
  // `+` marks the group in the foreground. Without ps, no keys are read.
  return stdout?.includes('+') ?? false
}

/** The keys in one line: `o open, q quit`. */
export const keyLine = (actions: readonly KeyAction[]): string =>
  actions.map(({ key, label }) => `${key} ${label}`).join('   ')
