import { cpSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** What builds and tests write. */
const OUTPUTS = ['dist', 'coverage', 'test-report.json']

/**
 * A temporary clone of the repository without the developer's settings. Its files are copies, because a module finds files such
 * as webhooks.yml by its real path, and tests change these.
 */
export function cloneRepository(): string {
  const clone = mkdtempSync(join(tmpdir(), 'latchkey-clone-'))
  for (const name of readdirSync('.').filter((entry) => !entry.startsWith('.') && !OUTPUTS.includes(entry)))
    if (name === 'node_modules') symlinkSync(resolve(name), join(clone, name))
    else cpSync(name, join(clone, name), { recursive: true })
  return clone
}

/** The environment of `npm start` in a clone. The framework stores files of its own in HOME. */
export const cloneEnvironment = (clone: string, port: number): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: clone,
  LATCHKEY_FOLDER: join(clone, '.latchkey'),
  PORT: String(port),
})
