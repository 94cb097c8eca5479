import module from 'node:module'
import { fileURLToPath } from 'node:url'

// Node runs TypeScript since 22.18. On Linux, npm installs Node 24 with the packages, and npm scripts use it.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Latchkey needs Node 22.18 or newer; this is ${process.versions.node}. Install a newer one from nodejs.org.`,
  )
  process.exit(1)
}

// Compiled modules of the last run halve the start of a command. No other user can write into this folder.
module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)))
