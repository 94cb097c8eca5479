import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { descriptionText } from '../../dev/assets.ts'
import { type Command, ROOT, run, startLocalLatchkey } from '../support/programs.ts'

/**
 * `npm run clients` generates clients from the API description into dist/clients. With `--run` it also compiles them and
 * runs the scenarios of this folder against `npm start`. A step is left out if its tools or packages are not available
 * within `--within` seconds. `-- kotlin hey-api` names the clients.
 */
const { values, positionals } = parseArgs({
  options: { within: { type: 'string', default: '600' }, run: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const prepareBy = AbortSignal.timeout(Number(values.within) * 1_000)
const FOLDER = await mkdtemp(join(tmpdir(), 'latchkey-clients-'))
const SPEC = `${FOLDER}/openapi.json`
const DIST = `${ROOT}dist/clients`

interface Client {
  /** Fails if the generator is not available. */
  prepare: Command[]
  generate: Command
  /** Absent if no machine runs it. */
  scenario?: {
    /** Fails if the language or a package is not available. */
    prepare: Command[]
    run: Command[]
    env?: Readonly<Record<string, string>>
    /** A program that must be next to the client. */
    copy?: string
  }
}

const source = (name: string) => `${ROOT}tests/clients/${name}`
const bin = (name: string) => `${ROOT}node_modules/.bin/${name}`

const maven = (pom: string, ...args: string[]): Command => ['mvn', '-q', '-B', '-f', source(pom), ...args]

const openapiGenerator = (name: string, generator: string): Pick<Client, 'prepare' | 'generate'> => ({
  prepare: [maven('pom.xml', 'openapi-generator:help')],
  generate: maven(
    'pom.xml',
    'openapi-generator:generate',
    ...[`-Dspec=${SPEC}`, `-Dgenerator=${generator}`, `-Doutput=${DIST}/${name}`],
  ),
})

/** Runs a program of npm from its cache, because it needs an older compiler than this project. */
const npm = (program: string, ...args: string[]): Command => [
  ...(['npm', 'exec', '--yes', '--package=typescript@5.9.3', `--package=${program}`, '--'] as const),
  ...args,
]

const pip = (name: string): Command[] => [
  ['python3', '-m', 'venv', `${FOLDER}/${name}`],
  [`${FOLDER}/${name}/bin/pip`, 'install', '--quiet', '-r', source(`${name}/requirements.txt`)],
]

const python = (name: string) => ({
  run: [[`${FOLDER}/${name}/bin/python`, source(`${name}/scenario.py`)] as const],
  env: { PYTHONPATH: `${DIST}/${name}` },
})

const typescript = (name: string) => {
  const [file, bundle] = [`${DIST}/${name}/scenario.ts`, `${FOLDER}/${name}.mjs`]
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--types', 'node', '--target', 'es2024']
  return {
    prepare: [],
    copy: source(`${name}/scenario.ts`),
    run: [
      [bin('tsc'), ...options, '--module', 'esnext', '--moduleResolution', 'bundler', file],
      [bin('esbuild'), file, '--bundle', '--platform=node', '--format=esm', `--outfile=${bundle}`],
      [process.execPath, bundle],
    ] as const satisfies Command[],
  }
}

const KOTLIN = [`-Dclient=${DIST}/kotlin`, `-Dtarget=${FOLDER}/kotlin`]
const CLIENTS: Readonly<Record<string, Client>> = {
  kotlin: {
    ...openapiGenerator('kotlin', 'kotlin'),
    scenario: {
      prepare: [maven('kotlin/pom.xml', 'dependency:copy-dependencies', `-DoutputDirectory=${FOLDER}/jars`, ...KOTLIN)],
      run: [
        maven('kotlin/pom.xml', 'compile', ...KOTLIN),
        ['java', '-cp', `${FOLDER}/kotlin/classes:${FOLDER}/jars/*`, 'ScenarioKt'],
      ],
    },
  },
  python: { ...openapiGenerator('python', 'python'), scenario: { prepare: pip('python'), ...python('python') } },
  swift5: openapiGenerator('swift5', 'swift5'),
  swift6: {
    ...openapiGenerator('swift6', 'swift6'),
    // The generated code has imports of Apple's systems, so Swift for Linux does not compile it.
    scenario: {
      prepare: [['xcrun', 'swift', '--version']],
      run: [['xcrun', 'swift', 'run', '--package-path', source('swift6'), '--scratch-path', `${FOLDER}/swift6`]],
      env: { CLIENT: `${DIST}/swift6` },
    },
  },
  'openapi-python-client': {
    prepare: pip('openapi-python-client'),
    generate: [
      `${FOLDER}/openapi-python-client/bin/openapi-python-client`,
      ...['generate', '--path', SPEC, '--config', source('openapi-python-client/config.yml'), '--overwrite'],
      ...['--output-path', `${DIST}/openapi-python-client`],
    ],
    scenario: { prepare: [], ...python('openapi-python-client') },
  },
  'hey-api': {
    prepare: [npm('@hey-api/openapi-ts@0.99.0', 'openapi-ts', '--version')],
    generate: npm('@hey-api/openapi-ts@0.99.0', 'openapi-ts', '-i', SPEC, '-o', `${DIST}/hey-api`),
    scenario: typescript('hey-api'),
  },
  'openapi-fetch': {
    prepare: [npm('openapi-typescript@7.13.0', 'openapi-typescript', '--version')],
    generate: npm(
      'openapi-typescript@7.13.0',
      ...['openapi-typescript', SPEC, '-o', `${DIST}/openapi-fetch/latchkey.d.ts`],
    ),
    scenario: typescript('openapi-fetch'),
  },
}

type Outcome = 'passed' | 'generated' | 'skipped' | 'FAILED'

/** Generates a client, and runs its scenario with the environment of a Latchkey. */
async function check(name: string, client: Client, latchkey?: Readonly<Record<string, string>>): Promise<Outcome> {
  const report = (outcome: Outcome, reason = '') => {
    console.log(`${name}: ${outcome}${reason}`)
    return outcome
  }
  const { scenario } = client
  await rm(`${DIST}/${name}`, { recursive: true, force: true })
  const missing = await failureOf(client.prepare, { signal: prepareBy })
  if (missing) return report('skipped', `, because ${lastLine(missing)}`)
  const failure = await failureOf([client.generate])
  if (failure) return report('FAILED', `: ${failure}`)
  if (!latchkey || !scenario) return report('generated', `: dist/clients/${name}`)
  const unavailable = await failureOf(scenario.prepare, { signal: prepareBy })
  if (unavailable) return report('generated', `, not run, because ${lastLine(unavailable)}`)
  if (scenario.copy !== undefined) await copyFile(scenario.copy, `${DIST}/${name}/scenario.ts`)
  const error = await failureOf(scenario.run, { env: { ...latchkey, ...scenario.env } })
  return error ? report('FAILED', `: ${error}`) : report('passed')
}

/** Runs commands up to the first that fails. Returns its name and output. */
async function failureOf(
  commands: readonly Command[],
  options: { signal?: AbortSignal; env?: Readonly<Record<string, string>> } = {},
): Promise<string | undefined> {
  for (const command of commands) {
    const { isSuccess, output } = await run(command, { cwd: ROOT, ...options })
    if (!isSuccess) return `${command[0]} failed: ${output}`
  }
  return undefined
}

const lastLine = (text: string) => text.split('\n').at(-1) ?? ''

const unknown = positionals.filter((name) => !Object.hasOwn(CLIENTS, name))
if (unknown.length > 0)
  throw new Error(`Unknown clients: ${unknown.join(', ')}. Known: ${Object.keys(CLIENTS).join(', ')}.`)
const latchkey = values.run ? await startLocalLatchkey(`${FOLDER}/latchkey`) : undefined
try {
  await mkdir(DIST, { recursive: true })
  await writeFile(SPEC, descriptionText())
  const environment = latchkey && { LATCHKEY_URL: latchkey.url, ADMIN_TOKEN: latchkey.adminToken }
  const selected = Object.entries(CLIENTS).filter(([name]) => positionals.length === 0 || positionals.includes(name))
  const outcomes: Outcome[] = []
  // One after the other, because Maven and compilers use every core.
  for (const [name, client] of selected) outcomes.push(await check(name, client, environment))
  process.exitCode = outcomes.includes('FAILED') ? 1 : 0
} finally {
  await latchkey?.stop()
  await rm(FOLDER, { recursive: true, force: true })
}
