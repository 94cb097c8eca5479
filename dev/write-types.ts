import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { descriptionText } from './assets.ts'

/** openapi-typescript needs an older compiler than this project: npm runs both from its cache, outside node_modules. */
const PACKAGES = ['--package=openapi-typescript@7.13.0', '--package=typescript@5.9.3']
const TYPES = fileURLToPath(new URL('../dist/latchkey.d.ts', import.meta.url))

/** `npm run types` writes the types of the API for clients in TypeScript. */
const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
const description = join(folder, 'openapi.json')
writeFileSync(description, descriptionText())
mkdirSync(fileURLToPath(new URL('../dist', import.meta.url)), { recursive: true })
const args = ['exec', '--yes', ...PACKAGES, '--', 'openapi-typescript', description, '-o', TYPES]
const { status } = spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' })
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
