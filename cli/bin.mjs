#!/usr/bin/env node
// The command line: npx latchkey, and npm run latchkey. In JavaScript, so that an old Node prints a sentence about itself.
import '../dev/require-node.mjs'

// Node 22 prints warnings about TypeScript and SQLite, which an operator cannot act on.
process.removeAllListeners('warning')
await import('./latchkey.ts')
