import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as z from 'zod'
import { localAws } from '../dev/dynamodb.ts'
import { secretSettings } from '../lib/crypto/deployment-secrets.ts'
import { callHandler, startBench, toEvent } from './harness.ts'
import { startParameterStore } from './parameter-store.ts'
import { type Figure, medianOf, report } from './report.ts'
import { type Deployed, type Run, startRuntimeApi } from './runtime-api.ts'
import { NOWHERE, prepareCalls } from './start-calls.ts'

/**
 * Part `start`: how functions start under Lambda's runtime client, compared with an empty handler and with unbundled code.
 * DynamoDB is embedded, and the Parameter Store responds at once. Both use plain http, for which the SDK loads
 * `node:http` in the first call. That adds about 40 ms; a stage has already loaded `node:https`.
 */
const ROUNDS = 7
const CALLS = 6
const TARGETS = { withoutTables: 1.6, withTables: 2.2, unbundled: 0.4 }
const WITHOUT_TABLES = ['not-found', 'jwks']

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
  await mkdir(unbundled)
  await writeFile(new URL('empty.mjs', bundles), 'export const handler = async () => ({})\n')

  const calls = await prepareCalls(secrets.ADMIN_TOKEN, async (name, call) =>
    JSON.parse(await callHandler(await load(name), call)),
  )
  const runs = Object.keys(calls).map((name): RunsOfFunction => ({ name, empty: [], bundled: [], unbundled: [] }))
  for (const { name } of runs) {
    const source = new URL(`../functions/${name}.ts`, import.meta.url)
    // The runtime client does not load TypeScript, but Node does.
    await writeFile(new URL(`${name}.mjs`, unbundled), `export { handler } from '${source.href}'\n`)
  }
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
    for (const { name, empty, bundled, unbundled: source } of runs) {
      // In turns, so that a slow phase of the machine affects all three.
      empty.push(await runtime.run(deployed(bundles, 'empty'), {}, CALLS))
      const run = await runtime.run(deployed(bundles, name), toEvent(calls[name] ?? NOWHERE), CALLS)
      z.object({ statusCode: z.int().max(499) }).parse(JSON.parse(run.response))
      bundled.push(run)
      source.push(await runtime.run(deployed(unbundled, name), {}, 0))
    }
  }
  const empty = runs.flatMap((run) => run.empty)
  report('start', [...figuresOf('empty handler', empty), ...runs.flatMap(compareInit)])
  await Promise.all([runtime.stop(), parameters.stop(), stop()])
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
  unbundled: Run[]
}

function compareInit({ name, empty, bundled, unbundled }: RunsOfFunction): Figure[] {
  const atMost = WITHOUT_TABLES.includes(name) ? TARGETS.withoutTables : TARGETS.withTables
  const ratiosTo = (others: readonly Run[]) =>
    bundled.map(({ init }, round) => init / (others[round]?.init ?? Number.NaN))
  return [
    ...figuresOf(name, bundled),
    medianOf(`${name}: init / empty handler`, '', ratiosTo(empty), { atMost }),
    medianOf(`${name}: init / unbundled`, '', ratiosTo(unbundled), { atMost: TARGETS.unbundled }),
  ]
}

if (await installClient()) await measure()
else
  console.error(
    'start: skipped, because aws-lambda-ric could not be installed in bench/runtime. Install a C++ compiler.',
  )
