import { cpSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { BUNDLES } from './local-run.ts'

/** What builds and tests write. */
const OUTPUTS = ['dist', 'coverage', 'test-report.json']
/** Its code is the same, so that its first start needs no new ones. */
const TEMPLATES = '.latchkey/templates'

/**
 * A temporary clone of the repository without the developer's settings. Its files are copies, because a module finds files such
 * as webhooks.yml by its real path, and tests change these.
 */
export function cloneRepository(): string {
  const clone = mkdtempSync(join(tmpdir(), 'latchkey-clone-'))
  for (const name of readdirSync('.').filter((entry) => !entry.startsWith('.') && !OUTPUTS.includes(entry)))
    if (name === 'node_modules') symlinkSync(resolve(name), join(clone, name))
    else cpSync(name, join(clone, name), { recursive: true })
  cpSync(TEMPLATES, join(clone, TEMPLATES), { recursive: true })
  cpSync(BUNDLES, join(clone, '.latchkey/functions'), { recursive: true })
  return clone
}

/** The environment of `npm start` in a clone. The framework stores files of its own in HOME. */
export const cloneEnvironment = (clone: string, port: number): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: clone,
  LATCHKEY_FOLDER: join(clone, '.latchkey'),
  PORT: String(port),
})
