import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'

/** `npm run fuzz -- --requests 100000 --seed 7`: sends random requests to every endpoint, and reports what is wrong. */
const { values } = parseArgs({ options: { requests: { type: 'string' }, seed: { type: 'string' } } })
const { requests = '100000', seed = String(Date.now() % 1_000_000) } = values
if (![requests, seed].every((text) => /^\d{1,9}$/.test(text))) throw new Error('--requests and --seed must be numbers')
console.log(`${requests} requests with --seed ${seed}`)
const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'slow', 'tests/slow/http/fuzz.test.ts']
const env = { ...process.env, FUZZ_REQUESTS: requests, FUZZ_SEED: seed }
spawn(process.execPath, args, { stdio: 'inherit', env }).on('exit', (code) => {
  process.exitCode = code ?? 1
})
