import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { decodeJwt } from 'jose'
import * as z from 'zod'
import { SIGNING_ALGORITHMS } from '../../lib/core/signing-algorithms.ts'
import { makeSigningKey } from '../../lib/crypto/deployment-secrets.ts'
import { type Command, ROOT, run, startLocalLatchkey } from '../support/programs.ts'
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
const FOLDER = await mkdtemp(join(tmpdir(), 'latchkey-verifiers-'))

interface Language {
  /** Fails if the language or a package is not available. */
  prepare: Command[]
  verify: Command
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

const keys = await Promise.all(SIGNING_ALGORITHMS.map(makeSigningKey))
const {
  url: issuer,
  adminToken,
  stop,
} = await startLocalLatchkey(`${FOLDER}/latchkey`, {
  SIGNING_KEYS: JSON.stringify({ keys: keys.slice(0, 1) }),
  VERIFICATION_KEYS: JSON.stringify({ keys: keys.map(publicKey) }),
})

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

/** Returns false if a library accepts a wrong token or rejects a valid one. */
async function check(name: string, { prepare, verify }: Language, file: string): Promise<boolean> {
  for (const command of prepare) {
    const { isSuccess, output } = await run(command, { cwd: FOLDER, signal: prepareBy })
    if (isSuccess) continue
    console.log(`${name}: skipped, because ${command[0]} failed: ${output.split('\n').at(-1)}`)
    return true
  }
  const { isSuccess, output } = await run([...verify, file], { cwd: FOLDER })
  console.log(`${name}: ${isSuccess ? 'passed' : 'FAILED'}: ${output}`)
  return isSuccess
}

try {
  const file = `${FOLDER}/tokens.json`
  await writeFile(file, JSON.stringify({ issuer, tokens: await makeTokens() }), { mode: 0o600 })
  const selected = Object.entries(LANGUAGES).filter(([name]) => positionals.length === 0 || positionals.includes(name))
  const results = await Promise.all(selected.map(([name, language]) => check(name, language, file)))
  process.exitCode = results.every(Boolean) ? 0 : 1
} finally {
  await stop()
  await rm(FOLDER, { recursive: true, force: true })
}
