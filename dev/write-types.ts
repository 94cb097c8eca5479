import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runWithDescription } from './assets.ts'

/** openapi-typescript needs an older compiler than this project: npm runs both from its cache, outside node_modules. */
const PACKAGES = ['--package=openapi-typescript@7.13.0', '--package=typescript@5.9.3']
const DIST = fileURLToPath(new URL('../dist', import.meta.url))

/** `npm run types` writes the types of the API for clients in TypeScript. */
mkdirSync(DIST, { recursive: true })
runWithDescription('npm', (file) => [
  ...['exec', '--yes', ...PACKAGES, '--', 'openapi-typescript'],
  ...[file, '-o', `${DIST}/latchkey.d.ts`],
])
