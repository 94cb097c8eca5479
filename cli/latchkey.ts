import { existsSync } from 'node:fs'
import { main } from './main.ts'

if (existsSync('.env')) process.loadEnvFile('.env')
// The reader of a pipe may stop early, as in `npx latchkey series list | head`.
process.stdout.on('error', () => process.exit())
process.exitCode = await main(process.argv.slice(2), process)
