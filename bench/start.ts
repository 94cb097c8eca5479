import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { localAws } from '../dev/dynamodb.ts'
import { secretSettings } from '../lib/crypto/deployment-secrets.ts'
import { callHandler, startBench, toEvent } from './harness.ts'
import { startParameterStore } from './parameter-store.ts'
import { type Figure, medianOf, report } from './report.ts'
import { isQuick, rounds } from './rounds.ts'
import { type Deployed, type Run, startRuntimeApi } from './runtime-api.ts'
import { NOWHERE, prepareCalls } from './start-calls.ts'
import { ratios } from './turns.ts'

/**
 * Part `start`: how functions start under Lambda's runtime client, compared with an empty handler and with unbundled code;
 * and the size of their zips.
 * DynamoDB is embedded, and the Parameter Store responds at once. Both use plain http, for which the SDK loads
 * `node:http` in the first call. That adds about 40 ms; a stage has already loaded `node:https`.
 */
const ROUNDS = rounds(5)
const CALLS = 6
/** Of the init of an empty handler, and of that of the same code unbundled. */
const AIMS = { withoutTables: 1.6, withTables: 2.2, unbundled: 0.4 }
const ZIPPED_KB = 126
const WITHOUT_TABLES = ['not-found', 'jwks']
/** In a quick run: the first and the largest with tables. */
const QUICK = ['not-found', 'health', 'upload']
const UNBUNDLED = 'upload'

const client = new URL('runtime/', import.meta.url)

/** Installs the runtime client. It has its own folder, because it needs a C++ compiler. */
async function installClient(): Promise<boolean> {
  const compiled = new URL('node_modules/aws-lambda-ric/rapid-client.node', client)
  if (!existsSync(compiled)) {
    const install = promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund'], { cwd: fileURLToPath(client) })
    await install.catch(() => undefined)
  }
  return existsSync(compiled)
}

async function measure(): Promise<void> {
  const { bundles, template, endpoint, credentials, secrets, load, stop } = await startBench()
  const parameters = await startParameterStore(secretSettings(secrets))
  const runtime = await startRuntimeApi()
  const unbundled = new URL('unbundled/', bundles)
  await mkdir(unbundled, { recursive: true })
  await writeFile(new URL('empty.mjs', bundles), 'export const handler = async () => ({})\n')

  const calls = await prepareCalls(secrets.ADMIN_TOKEN, async (name, call) =>
    JSON.parse(await callHandler(await load(name), call)),
  )
  const names = Object.keys(calls).filter((name) => !isQuick || QUICK.includes(name))
  const runs = names.map((name): RunsOfFunction => ({ name, empty: [], bundled: [] }))
  const source: Run[] = []
  // The runtime client does not load TypeScript, but Node does.
  const file = new URL(`../functions/${UNBUNDLED}.ts`, import.meta.url)
  await writeFile(new URL(`${UNBUNDLED}.mjs`, unbundled), `export { handler } from '${file.href}'\n`)
  const deployed = (folder: URL, name: string): Deployed => ({
    folder: fileURLToPath(folder),
    handler: `${name}.handler`,
    environment: {
      ...template.functions.find(({ file }) => file === `${name}.mjs`)?.environment,
      ...localAws({ endpoint, credentials }),
      PUBLIC_URL: 'http://localhost',
      PARAMETER_PATH: '/measured',
      AWS_ENDPOINT_URL_SSM: parameters.endpoint,
    },
  })
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name, empty, bundled } of runs) {
      // In turns, so that a slow phase of the machine affects all.
      empty.push(await runtime.run(deployed(bundles, 'empty'), {}, CALLS))
      const run = await runtime.run(deployed(bundles, name), toEvent(calls[name] ?? NOWHERE), CALLS)
      z.object({ statusCode: z.int().max(499) }).parse(JSON.parse(run.response))
      bundled.push(run)
      if (name === UNBUNDLED) source.push(await runtime.run(deployed(unbundled, name), {}, 0))
    }
  }
  const empty = runs.flatMap((run) => run.empty)
  const upload = runs.find(({ name }) => name === UNBUNDLED)?.bundled ?? []
  report('start', [
    ...figuresOf('empty handler', empty),
    ...runs.flatMap(compareInit),
    medianOf(`${UNBUNDLED}: init / unbundled`, 'x', initRatios(upload, source), { atMost: AIMS.unbundled }),
    await largestBundle(bundles),
  ])
  await Promise.all([runtime.stop(), parameters.stop(), stop()])
}

/** The size of the largest function as a zip, in kB. */
async function largestBundle(bundles: URL): Promise<Figure> {
  const files = (await readdir(bundles)).filter((name) => name.endsWith('.mjs'))
  const sizes = files.map((name): [number, string] => [
    gzipSync(readFileSync(new URL(name, bundles)), { level: 9 }).length / 1_000,
    name,
  ])
  const [value, name] = sizes.reduce((largest, each) => (each[0] > largest[0] ? each : largest))
  const others = sizes.filter(([size]) => size > ZIPPED_KB).length
  return {
    what: 'the largest function, zipped',
    value,
    unit: 'kB',
    detail: `${name}; ${others} above the aim`,
    atMost: ZIPPED_KB,
  }
}

function figuresOf(name: string, runs: readonly Run[]): Figure[] {
  const init = runs.map((run) => run.init)
  const first = runs.map((run) => run.first)
  const warm = runs.map((run) => run.warm)
  const memory = runs.flatMap((run) => run.memory ?? [])
  return [
    medianOf(`${name}: init`, 'ms', init),
    medianOf(`${name}: first call`, 'ms', first),
    medianOf(`${name}: warm call`, 'ms', warm),
    ...(memory.length > 0 ? [medianOf(`${name}: memory`, 'MB', memory)] : []),
  ]
}

interface RunsOfFunction {
  name: string
  empty: Run[]
  bundled: Run[]
}

function compareInit({ name, empty, bundled }: RunsOfFunction): Figure[] {
  const atMost = WITHOUT_TABLES.includes(name) ? AIMS.withoutTables : AIMS.withTables
  return [
    ...figuresOf(name, bundled),
    medianOf(`${name}: init / empty handler`, 'x', initRatios(bundled, empty), { atMost }),
  ]
}

const initRatios = (runs: readonly Run[], others: readonly Run[]): number[] =>
  ratios(
    runs.map(({ init }) => init),
    others.map(({ init }) => init),
  )

if (await installClient()) await measure()
else
  console.error(
    'start: left out, because aws-lambda-ric could not be installed in bench/runtime. Install a C++ compiler.',
  )
