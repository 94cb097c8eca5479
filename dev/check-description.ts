import { fileURLToPath } from 'node:url'
import { runWithDescription } from './assets.ts'

const pathOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** Checks the API description with Redocly, which prints what it finds. */
runWithDescription(
  process.execPath,
  (file) => [
    pathOf('node_modules/@redocly/cli/bin/cli.js'),
    'lint',
    file,
    `--config=${pathOf('lib/openapi/redocly.yaml')}`,
  ],
  // Redocly would look for a newer version and send usage data.
  { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
)
