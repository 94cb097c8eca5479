import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type BuildOptions, type BuildResult, context, type OutputFile, type PluginBuild } from 'esbuild'
import { ConfigError } from '../lib/config/config-error.ts'
import { clearSettingsCache, getSettings, SECRET_NAMES, SETTING_NAMES } from '../lib/config/settings.ts'
import { assetOptions, descriptionText } from './assets.ts'
import { bundleOptions } from './bundle.ts'
import { localAws, startDynamoDb } from './dynamodb.ts'
import { startFakes } from './fakes/fakes.ts'
import { runFunctions } from './functions.ts'
import { httpApi } from './http-api.ts'
import { lockFolder, unlockFolder } from './lock.ts'
import { packageTemplate } from './package-template.ts'
import { removeRun, writeRun } from './run-file.ts'
import { runSchedules } from './schedules.ts'
import { makeSecrets, readSecrets, type Secrets, secretSettings, writeSecrets } from './secrets.ts'
import { readTemplate, type Template } from './template.ts'
import { walkThrough } from './walk-through.ts'
import { watchFile } from './watch-file.ts'

if (existsSync('.env')) process.loadEnvFile('.env')

/** Where the local run keeps its data, secrets and bundles. */
const FOLDER = process.env['LATCHKEY_FOLDER'] || '.latchkey'

/** What a person has set, before anything is added to it here. */
const SET = { ...process.env }

/** Settings that serverless.yml alone decides. */
const TEMPLATES_OWN = SETTING_NAMES.filter((name) => /^(?:STAGE|VERSION|[A-Z]+_TABLE)$/.test(name))

/** A fault of the set-up, told in one sentence: whoever starts Latchkey can mend it. */
class SetupError extends Error {}

/** `npm start`: the real functions behind a local HTTP API, over an embedded DynamoDB kept on disk. */
async function main(): Promise<void> {
  const { fresh } = options()
  await takeFolder()
  await removeRun(FOLDER)
  const kept = fresh ? null : await keptSecrets()
  const secrets = kept ?? (await makeSecrets())
  const environment = await localEnvironment(secrets)
  const { PORT, HOST } = await getSettings('PORT', 'HOST')

  let template: Template | undefined
  let functions: ReturnType<typeof runFunctions> | undefined
  const server = httpApi(() => template && functions && { ...template, invoke: functions.invoke })
  await listen(server, PORT, HOST)
  // Nothing is removed before all else is known to be well, and nothing that another process holds.
  const outdated = fresh ? ['data', 'functions'] : ['functions']
  await Promise.all(outdated.map((name) => rm(`${FOLDER}/${name}`, { recursive: true, force: true })))
  if (!kept) await writeSecrets(FOLDER, secrets)
  template = await loadTemplate()
  const database = await openData(template)
  database.broken.catch(fail)
  const fakes = await startFakes(environment, `http://localhost:${PORT}`)
  const environmentOfAll = (own: Record<string, string>) => {
    const set = Object.entries(own).filter(([, value]) => value !== '')
    return { ...own, ...fakes.settings, ...Object.fromEntries(set), ...localAws(database.endpoint) }
  }
  let current = environmentOfAll(environment)

  let bundles: URL | undefined
  const serve = async (folder: URL) => {
    bundles = folder
    const before = functions
    functions = runFunctions(template?.functions ?? [], bundles, current)
    if (!before) return
    console.log('Reloaded.')
    await before.retire()
  }
  let bundler = await watchBundles(serve)
  watchFile('.', 'serverless.yml', async () => {
    template = await loadTemplate()
    await bundler.dispose()
    bundler = await watchBundles(serve)
  })

  watchFile(FOLDER, 'secrets.json', async () => {
    const changed = await keptSecrets()
    if (!changed || !bundles) return
    current = environmentOfAll(await localEnvironment(changed))
    await serve(bundles)
  })

  const schedules = runSchedules(() => {
    const run = (name: string) => functions?.run(name, {}) ?? Promise.resolve()
    return template && { template, run }
  })

  await writeRun(FOLDER, {
    pid: process.pid,
    url: `http://localhost:${PORT}`,
    endpoint: database.endpoint,
    from_environment: SECRET_NAMES.filter((name) => SET[name]),
  })
  console.log(walkThrough(`http://localhost:${PORT}`, environment['ADMIN_TOKEN'] ?? '', FOLDER, fakes.walkThroughs))
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await removeRun(FOLDER)
      server.close()
      schedules.stop()
      await functions?.retire()
      await database.stop()
      await unlockFolder(FOLDER)
      process.exit(0)
    })
  }
}

function options(): { fresh: boolean } {
  try {
    return { fresh: parseArgs({ options: { fresh: { type: 'boolean' } } }).values.fresh === true }
  } catch {
    throw new SetupError('The only option is --fresh, as in npm start -- --fresh: it begins without data.')
  }
}

const keptSecrets = () =>
  readSecrets(FOLDER).catch(() => {
    throw new SetupError(`${FOLDER}/secrets.json is damaged: mend it, or start anew with npm start -- --fresh.`)
  })

async function takeFolder(): Promise<void> {
  const lock = await lockFolder(FOLDER).catch((error: unknown) => {
    throw new SetupError(`The folder ${FOLDER} cannot be used: ${said(error)}.`)
  })
  if (lock)
    throw new SetupError(`The folder ${FOLDER} is in use by another Latchkey (process ${lock.heldBy}): stop it first.`)
}

async function loadTemplate(): Promise<Template> {
  try {
    return await readTemplate(await packageTemplate('local'))
  } catch (error) {
    throw new SetupError(said(error))
  }
}

/** What the template cannot know: the secrets, and what is different in a local run. All settings are checked at once. */
async function localEnvironment(secrets: Secrets): Promise<Record<string, string>> {
  const port = Number(process.env['PORT'])
  const BASE_URL = `http://localhost:${port > 0 && port <= 65_535 ? port : 3000}`
  Object.assign(process.env, { BASE_URL, PARAMETER_PATH: '' }, secretSettings(secrets, SET))
  clearSettingsCache()
  await getSettings(...SETTING_NAMES.filter((name) => !TEMPLATES_OWN.includes(name)))
  const settable = SETTING_NAMES.map((name) => [name, process.env[name] ?? ''] as const)
  return {
    ...Object.fromEntries(settable.filter(([name]) => !TEMPLATES_OWN.includes(name))),
    PARAMETER_PATH: '',
    POWERTOOLS_LOG_LEVEL: process.env['POWERTOOLS_LOG_LEVEL'] ?? 'WARN',
    POWERTOOLS_METRICS_DISABLED: process.env['POWERTOOLS_METRICS_DISABLED'] ?? 'true',
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const busy = 'code' in error && error.code === 'EADDRINUSE'
      const sentence = busy
        ? `Port ${port} is in use: stop what listens there, or set another PORT.`
        : `Latchkey cannot listen on ${host}, port ${port}: ${said(error)}.`
      reject(new SetupError(sentence))
    })
    server.listen(port, host, resolve)
  })
}

async function openData(template: Template) {
  try {
    return await startDynamoDb(template.tables, `${FOLDER}/data`)
  } catch {
    throw new SetupError(
      `The data in ${FOLDER}/data is damaged: put a copy back, or begin without it by npm start -- --fresh.`,
    )
  }
}

/**
 * Bundles the functions and the pages now and after every change, each time into a folder of its own, so that what runs
 * keeps what it was loaded from. `bundled` hears of every set that is whole; one with faults is told on the screen and
 * left aside.
 */
async function watchBundles(bundled: (folder: URL) => Promise<void>): Promise<{ dispose(): Promise<void> }> {
  const first = Promise.withResolvers<void>()
  const parts = new Map<string, OutputFile[]>()
  const onEnd = async (part: string, { errors, outputFiles = [] }: BuildResult) => {
    if (errors.length > 0) return first.reject(new SetupError('The functions cannot be bundled: see above.'))
    parts.set(part, outputFiles)
    if (parts.size < 2) return
    const folder = `${FOLDER}/functions/${Date.now()}/dist`
    await mkdir(`${folder}/assets`, { recursive: true })
    const files = [...parts].flatMap(([place, outputs]) =>
      outputs.map(({ path, contents }) => writeFile(`${folder}/${place}${basename(path)}`, contents)),
    )
    await Promise.all([...files, writeFile(`${folder}/assets/openapi.json`, descriptionText())])
    await bundled(pathToFileURL(`${folder}/`))
    first.resolve()
  }
  const watch = async (part: string, options: BuildOptions) => {
    const reload = (build: PluginBuild) => build.onEnd((result) => onEnd(part, result))
    const watched = await context({
      ...options,
      write: false,
      plugins: [...(options.plugins ?? []), { name: 'reload', setup: reload }],
    })
    await watched.watch()
    return watched
  }
  const watched = await Promise.all([watch('', bundleOptions()), watch('assets/', assetOptions())])
  await first.promise
  return {
    async dispose() {
      await Promise.all(watched.map((each) => each.dispose()))
    },
  }
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function fail(error: unknown): never {
  const known = error instanceof SetupError || error instanceof ConfigError
  console.error(known ? error.message : error)
  process.exit(1)
}

main().catch(fail)
