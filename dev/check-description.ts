import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { descriptionText } from './assets.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Checks the API description with Redocly, which prints what it finds. */
const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
const file = join(folder, 'openapi.json')
writeFileSync(file, descriptionText())
const command = join(root, 'node_modules/@redocly/cli/bin/cli.js')
const config = join(root, 'lib/openapi/redocly.yaml')
const { status } = spawnSync(process.execPath, [command, 'lint', file, `--config=${config}`], {
  // Redocly would look for a newer version and send usage data.
  env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  stdio: 'inherit',
})
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1
