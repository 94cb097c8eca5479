import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { decodeJwt } from 'jose'
import * as z from 'zod'
import { freePort } from '../../dev/free-port.ts'
import { SIGNING_ALGORITHMS } from '../../lib/core/signing-algorithms.ts'
import { makeSigningKey } from '../../lib/crypto/deployment-secrets.ts'
import { randomSecret } from '../../lib/crypto/secrets.ts'
import { START } from '../support/local-run.ts'
import { publicKey, rejectedTokens, signWith } from '../support/signing-keys.ts'

/**
 * `npm run verifiers`: libraries of other languages check tokens of `npm start`, and of every algorithm. A language is
 * skipped if its tools, or the packages of the libraries, are not available within `--within` seconds.
 * `-- python go` names the languages.
 */
const { values, positionals } = parseArgs({
  options: { within: { type: 'string', default: '300' } },
  allowPositionals: true,
})
const prepareBy = AbortSignal.timeout(Number(values.within) * 1_000)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FOLDER = await mkdtemp(join(tmpdir(), 'latchkey-verifiers-'))

interface Language {
  /** Fails if the language or a package is not available. */
  prepare: (readonly [command: string, ...args: string[]])[]
  verify: readonly [command: string, ...args: string[]]
}
const source = (name: string) => `${ROOT}tests/verifiers/${name}`
const venv = `${FOLDER}/venv`
const jars = `${FOLDER}/jars`
const LANGUAGES: Readonly<Record<string, Language>> = {
  python: {
    prepare: [
      ['python3', '-m', 'venv', venv],
      [`${venv}/bin/python`, '-m', 'pip', 'install', '--quiet', '-r', source('python/requirements.txt')],
    ],
    verify: [`${venv}/bin/python`, '-W', 'ignore', source('python/verify.py')],
  },
  go: {
    prepare: [['go', 'build', '-C', source('go'), '-o', `${FOLDER}/verify-go`, '.']],
    verify: [`${FOLDER}/verify-go`],
  },
  java: {
    prepare: [
      ['java', '--version'],
      ['mvn', '-q', '-B', '-f', source('java/pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`],
    ],
    verify: ['java', '-cp', `${jars}/*`, source('java/Verify.java')],
  },
}

const run = ([name, ...args]: readonly [string, ...string[]], signal?: AbortSignal) =>
  new Promise<{ isSuccess: boolean; output: string }>((resolve) => {
    const child = spawn(name, args, { cwd: FOLDER, ...(signal && { signal }) })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk))
    child.on('error', ({ message }) => resolve({ isSuccess: false, output: message }))
    child.on('close', (code) => resolve({ isSuccess: code === 0, output: output.trim() }))
  })

const keys = await Promise.all(SIGNING_ALGORITHMS.map(makeSigningKey))
const adminToken = randomSecret()
const port = await freePort()
const issuer = `http://localhost:${port}`
const latchkey = spawn(process.execPath, START, {
  cwd: ROOT,
  env: {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    LATCHKEY_FOLDER: `${FOLDER}/latchkey`,
    PORT: String(port),
    ADMIN_TOKEN: adminToken,
    SIGNING_KEYS: JSON.stringify({ keys: keys.slice(0, 1) }),
    VERIFICATION_KEYS: JSON.stringify({ keys: keys.map(publicKey) }),
  },
  stdio: ['ignore', 'ignore', 'inherit'],
})

const closed = once(latchkey, 'close')

/** A live token of each algorithm, and the tokens that verifiers must reject. */
async function makeTokens(): Promise<{ algorithm: string; name: string; token: string; valid: boolean }[]> {
  const live = await getToken()
  const claims = decodeJwt(live)
  const tokens = await Promise.all(
    keys.map(async (key, index) => {
      // The first key signs tokens of the service; those of the others have the same claims.
      const token = index === 0 ? live : await signWith(key, { claims })
      const rejected = Object.entries(await rejectedTokens(key, token, claims))
      return [['live', token] as const, ...rejected].map(([name, text]) => ({
        algorithm: key.alg,
        name,
        token: text,
        valid: name === 'live',
      }))
    }),
  )
  return tokens.flat()
}

async function getToken(): Promise<string> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ callback_url: 'https://app.example/', kind: 'confidential', scope: 'upload' })
  const registered = await fetch(`${issuer}/register`, { method: 'POST', headers, body })
  const client = z.object({ client_id: z.string(), client_secret: z.string() }).parse(await registered.json())
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...client })
  const granted = await fetch(`${issuer}/token`, { method: 'POST', body: form })
  return z.object({ access_token: z.string() }).parse(await granted.json()).access_token
}

async function waitUntilReady(): Promise<void> {
  for (let tries = 0; tries < 600 && latchkey.exitCode === null; tries += 1) {
    if (
      await fetch(`${issuer}/health`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    await sleep(200)
  }
  throw new Error('npm start does not respond.')
}

/** Returns false if a library accepts a wrong token or rejects a valid one. */
async function check(name: string, { prepare, verify }: Language, file: string): Promise<boolean> {
  for (const command of prepare) {
    const { isSuccess, output } = await run(command, prepareBy)
    if (isSuccess) continue
    console.log(`${name}: skipped, because ${command[0]} failed: ${output.split('\n').at(-1)}`)
    return true
  }
  const { isSuccess, output } = await run([...verify, file])
  console.log(`${name}: ${isSuccess ? 'passed' : 'FAILED'}: ${output}`)
  return isSuccess
}

try {
  await waitUntilReady()
  const file = `${FOLDER}/tokens.json`
  await writeFile(file, JSON.stringify({ issuer, tokens: await makeTokens() }), { mode: 0o600 })
  const selected = Object.entries(LANGUAGES).filter(([name]) => positionals.length === 0 || positionals.includes(name))
  const results = await Promise.all(selected.map(([name, language]) => check(name, language, file)))
  process.exitCode = results.every(Boolean) ? 0 : 1
} finally {
  latchkey.kill('SIGTERM')
  await closed
  await rm(FOLDER, { recursive: true, force: true })
}
