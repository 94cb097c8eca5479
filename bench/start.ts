import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as z from 'zod'
import { localAws } from '../dev/dynamodb.ts'
import { secretSettings } from '../lib/crypto/deployment-secrets.ts'
import { answerOf, eventOf, startBench } from './harness.ts'
import { type Figure, medianOf, report } from './report.ts'
import { type Deployed, type Run, startRuntimeApi } from './runtime-api.ts'
import { callsOf, NOWHERE } from './start-calls.ts'

/**
 * How functions start under the runtime client of Lambda, over the embedded DynamoDB and a Parameter Store that answers
 * at once: beside an empty handler, and beside their code as it is in the repository. These two stores speak plain http;
 * the first call is some 40 ms slower for that, since the SDK loads `node:http` then. A stage has loaded `node:https`.
 */
const ROUNDS = 7
const CALLS = 6
const AIMS = { withoutTables: 1.6, withTables: 2.2, unbundled: 0.4 }
const WITHOUT_TABLES = ['not-found', 'jwks']

const client = new URL('runtime/', import.meta.url)

/** It has a folder of its own: nothing else needs it, nor the compilers that it needs. */
async function isInstalled(): Promise<boolean> {
  const compiled = new URL('node_modules/aws-lambda-ric/rapid-client.node', client)
  if (!existsSync(compiled)) {
    const install = promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund'], { cwd: fileURLToPath(client) })
    await install.catch(() => undefined)
  }
  return existsSync(compiled)
}

async function measure(): Promise<void> {
  const { bundles, template, endpoint, secrets, load, stop } = await startBench()
  const parameters = await startParameterStore(secretSettings(secrets))
  const runtime = await startRuntimeApi()
  const unbundled = new URL('unbundled/', bundles)
  await mkdir(unbundled)
  await writeFile(new URL('empty.mjs', bundles), 'export const handler = async () => ({})\n')

  const calls = await callsOf(secrets.ADMIN_TOKEN, async (name, call) =>
    JSON.parse(await answerOf(await load(name), call)),
  )
  const runs = Object.keys(calls).map((name): Kinds => ({ name, empty: [], bundled: [], unbundled: [] }))
  for (const { name } of runs) {
    const source = new URL(`../functions/${name}.ts`, import.meta.url)
    // The runtime client takes no TypeScript for a handler; Node does.
    await writeFile(new URL(`${name}.mjs`, unbundled), `export { handler } from '${source.href}'\n`)
  }
  const deployed = (folder: URL, name: string): Deployed => ({
    folder: fileURLToPath(folder),
    handler: `${name}.handler`,
    environment: {
      ...template.functions.find(({ file }) => file === `${name}.mjs`)?.environment,
      ...localAws(endpoint),
      BASE_URL: 'http://localhost',
      PARAMETER_PATH: '/measured',
      AWS_ENDPOINT_URL_SSM: parameters.endpoint,
    },
  })
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name, empty, bundled, unbundled: source } of runs) {
      // One after another, so that what slows the machine down for a while slows down all three.
      empty.push(await runtime.run(deployed(bundles, 'empty'), {}, CALLS))
      const run = await runtime.run(deployed(bundles, name), eventOf(calls[name] ?? NOWHERE), CALLS)
      z.object({ statusCode: z.int().max(499) }).parse(JSON.parse(run.answer))
      bundled.push(run)
      source.push(await runtime.run(deployed(unbundled, name), {}, 0))
    }
  }
  const empty = runs.flatMap((each) => each.empty)
  report('start', [...figuresOf('empty handler', empty), ...runs.flatMap(compared)])
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

interface Kinds {
  name: string
  empty: Run[]
  bundled: Run[]
  unbundled: Run[]
}

function compared({ name, empty, bundled, unbundled }: Kinds): Figure[] {
  const atMost = WITHOUT_TABLES.includes(name) ? AIMS.withoutTables : AIMS.withTables
  const against = (others: readonly Run[]) =>
    bundled.map(({ init }, round) => init / (others[round]?.init ?? Number.NaN))
  return [
    ...figuresOf(name, bundled),
    medianOf(`${name}: init / empty handler`, '', against(empty), { atMost }),
    medianOf(`${name}: init / unbundled`, '', against(unbundled), { atMost: AIMS.unbundled }),
  ]
}

async function startParameterStore(values: Readonly<Record<string, string>>) {
  const asked = z.object({ Names: z.array(z.string()) })
  const server = createServer(async (request, response) => {
    const { Names } = asked.parse(await json(request))
    const found = Names.map((Name) => ({ Name, Value: values[Name.replace(/^.*\//, '')] }))
    response.end(JSON.stringify({ Parameters: found.filter(({ Value }) => Value !== undefined) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => server.close() }
}

if (await isInstalled()) await measure()
else console.error('start: left out, since aws-lambda-ric cannot be installed in bench/runtime (it compiles C++).')
