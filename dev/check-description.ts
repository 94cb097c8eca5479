import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { descriptionText } from './assets.ts'
import { clientTypes } from './client-types/types.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const types = join(root, 'docs/latchkey.d.ts')

/** Whether Redocly finds nothing in the API description to find fault with; what it finds, it says. */
function isClean(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  const file = join(folder, 'openapi.json')
  writeFileSync(file, descriptionText())
  const command = join(root, 'node_modules/@redocly/cli/bin/cli.js')
  const config = join(root, 'lib/openapi/redocly.yaml')
  const { status } = spawnSync(process.execPath, [command, 'lint', file, `--config=${config}`], {
    // It would look for a newer version of itself, and tell its makers that it was used.
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    stdio: 'inherit',
  })
  rmSync(folder, { recursive: true })
  return status === 0
}

/** Whether the types for clients are those of the description. */
async function areCurrent(): Promise<boolean> {
  if (readFileSync(types, 'utf8') === (await clientTypes())) return true
  console.error('docs/latchkey.d.ts is not what the description says: node dev/check-description.ts --write')
  return false
}

const { write } = parseArgs({ options: { write: { type: 'boolean' } } }).values
if (write) writeFileSync(types, await clientTypes())
else process.exitCode = [isClean(), await areCurrent()].includes(false) ? 1 : 0
