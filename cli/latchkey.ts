import { existsSync } from 'node:fs'
import { main } from './main.ts'

if (existsSync('.env')) process.loadEnvFile('.env')
process.exitCode = await main(process.argv.slice(2), process)
