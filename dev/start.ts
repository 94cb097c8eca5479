import { existsSync, watch } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { pathToFileURL } from 'node:url'
import { type BuildResult, context } from 'esbuild'
import { ConfigError, SETTING_NAMES, settings } from '../lib/config.ts'
import { bundleOptions } from './bundle.mjs'
import { localAws, startDynamoDb } from './dynamodb.ts'
import { lambdas } from './functions.ts'
import { httpApi } from './http-api.ts'
import { packageTemplate } from './package-template.ts'
import { keptSecrets, secretSettings } from './secrets.ts'
import { readTemplate, type Template } from './template.ts'
import { walkThrough } from './walk-through.ts'

/** Where the local run keeps its data, secrets and bundles. */
const FOLDER = process.env['LATCHKEY_FOLDER'] || '.latchkey'
const BUNDLES = `${FOLDER}/functions`

/** Settings that serverless.yml alone decides. */
const TEMPLATES_OWN = ['STAGE', 'VERSION', 'CLIENTS_TABLE', 'TOKENS_TABLE', 'SESSIONS_TABLE', 'MEASUREMENTS_TABLE']

/** A fault of the set-up, told in one sentence: whoever starts Latchkey can mend it. */
class SetupError extends Error {}

/** `npm start`: the real functions behind a local HTTP API, over an embedded DynamoDB kept on disk. */
async function main(): Promise<void> {
  if (process.argv.includes('--fresh')) await rm(FOLDER, { recursive: true, force: true })
  if (existsSync('.env')) process.loadEnvFile('.env')
  const environment = await localEnvironment()
  const { PORT, HOST } = await settings('PORT', 'HOST')

  let template: Template | undefined
  let functions: ReturnType<typeof lambdas> | undefined
  const server = httpApi(() => template && functions && { ...template, invoke: functions.invoke })
  // The port comes first: a second start on it must not touch the data of the first.
  await listen(server, PORT, HOST)
  template = await loadTemplate()
  const database = await openData(template)
  database.broken.catch(fail)
  const reload = async (changed?: Template) => {
    template = changed ?? template
    const before = functions
    const folder = pathToFileURL(`${BUNDLES}/`)
    functions = lambdas(template?.functions ?? [], folder, { ...environment, ...localAws(database.endpoint) })
    if (!before) return
    console.log('Reloaded.')
    await before.retire()
  }
  await watchBundles(() => reload())
  watchFile('serverless.yml', async () => reload(await loadTemplate()))

  console.log(walkThrough(`http://localhost:${PORT}`, environment['ADMIN_TOKEN'] ?? ''))
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      server.close()
      await functions?.retire()
      await database.stop()
      process.exit(0)
    })
  }
}

async function loadTemplate(): Promise<Template> {
  try {
    return await readTemplate(await packageTemplate('local'))
  } catch (error) {
    throw new SetupError(said(error))
  }
}

/** What the template cannot know: the secrets, and what is different in a local run. All settings are checked at once. */
async function localEnvironment(): Promise<Record<string, string>> {
  const kept = await keptSecrets(FOLDER).catch(() => {
    throw new SetupError(`${FOLDER}/secrets.json is damaged: mend it, or start anew with npm start -- --fresh.`)
  })
  const BASE_URL = `http://localhost:${Number(process.env['PORT']) || 3000}`
  Object.assign(process.env, { BASE_URL, PARAMETER_PATH: '' }, withDefaults(secretSettings(kept)))
  await settings(...SETTING_NAMES.filter((name) => !TEMPLATES_OWN.includes(name)))
  const settable = SETTING_NAMES.map((name) => [name, process.env[name] ?? ''] as const)
  return {
    ...Object.fromEntries(settable.filter(([name]) => !TEMPLATES_OWN.includes(name))),
    PARAMETER_PATH: '',
    POWERTOOLS_LOG_LEVEL: process.env['POWERTOOLS_LOG_LEVEL'] ?? 'WARN',
  }
}

/** Secrets that a person has set go before those that were made. */
const withDefaults = (made: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(made).map(([name, value]) => [name, process.env[name] || value]))

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const busy = 'code' in error && error.code === 'EADDRINUSE'
      reject(
        new SetupError(busy ? `Port ${port} is in use: stop what listens there, or set another PORT.` : said(error)),
      )
    })
    server.listen(port, host, resolve)
  })
}

async function openData(template: Template) {
  try {
    return await startDynamoDb(template.tables, `${FOLDER}/data`)
  } catch {
    throw new SetupError(
      `The data in ${FOLDER}/data cannot be opened: it is damaged or in use by another Latchkey; to begin without it, run npm start -- --fresh.`,
    )
  }
}

/** Bundles the functions now and after every change; `bundled` runs when all of them are there. */
async function watchBundles(bundled: () => Promise<void>): Promise<void> {
  const first = Promise.withResolvers<void>()
  const onEnd = async ({ errors }: BuildResult) => {
    if (errors.length === 0) await bundled()
    if (errors.length === 0) first.resolve()
    else first.reject(new SetupError('The functions cannot be bundled: see above.'))
  }
  const watched = await context({
    ...bundleOptions,
    outdir: BUNDLES,
    plugins: [{ name: 'reload', setup: (build) => build.onEnd(onEnd) }],
  })
  await watched.watch()
  await first.promise
}

/** Editors write a file in several steps: the change counts once they have come to rest. */
function watchFile(file: string, changed: () => Promise<void>): void {
  let timer: NodeJS.Timeout | undefined
  watch(file, () => {
    clearTimeout(timer)
    timer = setTimeout(() => changed().catch((error: unknown) => console.error(said(error))), 200)
  })
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function fail(error: unknown): never {
  const known = error instanceof SetupError || error instanceof ConfigError
  console.error(known ? error.message : error)
  process.exit(1)
}

main().catch(fail)
