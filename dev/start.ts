import './small-memory.ts'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { parseArgs } from 'node:util'
import { stop as stopBundler } from 'esbuild'
import { splitSecrets, targetSecretName } from '../lib/config/secret-schemas.ts'
import { clearSettingsCache, getSettings } from '../lib/config/settings.ts'
import { kindOf, SECRET_NAMES, SETTING_NAMES } from '../lib/config/settings-table.ts'
import { type DeploymentSecrets, makeSecrets, secretSettings } from '../lib/crypto/deployment-secrets.ts'
import { removeOutdatedBundles } from './build-bundles.ts'
import { demoToggle } from './demo/toggle.ts'
import { databaseClient, localAws, startDynamoDb } from './dynamodb.ts'
import { exampleLines, writeExampleFile } from './examples.ts'
import { exposureNotes, openEndpoints, publicHosts } from './exposure.ts'
import { startEventRecipients } from './fakes/event-recipients.ts'
import { configuredProviders, startFakes } from './fakes/fakes.ts'
import { httpApi, type LocalService } from './http-api.ts'
import { hasKeyboard, type KeyAction, keyLine, readKeys } from './keys.ts'
import { type LiveFunctions, liveFunctions } from './live-functions.ts'
import { addressOf, localAwsSettings, localServices } from './local-aws.ts'
import { lockFolder, unlockFolder } from './lock.ts'
import { packageTemplate } from './package-template.ts'
import { releaseLeases } from './release-leases.ts'
import { removeRun, writeRun } from './run-file.ts'
import { startRunOutput } from './run-output.ts'
import { runSchedules } from './schedules.ts'
import { readSecrets, writeSecrets } from './secrets-file.ts'
import { errorText, exitWithError, SetupError } from './setup-error.ts'
import { callNotes, logLines, terminalLines, webhookLines } from './start-lines.ts'
import { readTemplate, type Template } from './template.ts'
import { localWebhookSecrets, webhookSecretsIn } from './webhook-secrets.ts'
import { stageWebhooks } from './webhooks-file.ts'

if (existsSync('.env')) process.loadEnvFile('.env')

/** Where the local run stores its data, secrets and bundles. */
const FOLDER = process.env['LATCHKEY_FOLDER'] || '.latchkey'

/** The environment as the developer set it, before anything is added to it here. */
const SET = { ...process.env }
const FROM_ENVIRONMENT: string[] = [...SECRET_NAMES.filter((name) => SET[name]), ...Object.keys(webhookSecretsIn(SET))]

const PARENT_CHECK_MS = 500

/** Settings whose values do not come from the template. */
const LOCAL_NAMES = SETTING_NAMES.filter((name) => kindOf(name) !== 'stack')

/** `npm start`: the real functions behind a local HTTP API, with an embedded DynamoDB on disk. */
async function main(): Promise<void> {
  const options = parseOptions()
  // The folder may exist, and let other users in: the data are private too.
  process.umask(0o077)
  const { afterCrash } = await lockDataFolder()
  await removeRun(FOLDER)
  const storedSecrets = options.fresh ? null : await loadSecrets()
  const secrets = storedSecrets ?? (await makeSecrets())
  const environment = await localEnvironment(secrets)
  const { PORT, HOST } = await getSettings('PORT', 'HOST')
  const url = `http://localhost:${PORT}`

  let functions: LiveFunctions | undefined
  const services: LocalService[] = []
  const output = startRunOutput(FOLDER, process)
  const noteFirstCall = callNotes(environment)
  const server = httpApi(
    () => functions?.gateway(),
    [HOST, ...(await publicHosts())],
    (exchange) => {
      output.request(exchange)
      for (const note of noteFirstCall(exchange.routeKey)) console.log(note)
    },
    services,
  )
  await listen(server, PORT, HOST)
  console.log('Latchkey is starting.')
  // Delete nothing before all checks have passed and the port is bound.
  const outdated = options.fresh ? ['data', 'files', 'functions'] : []
  await Promise.all(outdated.map((name) => rm(`${FOLDER}/${name}`, { recursive: true, force: true })))
  await removeOutdatedBundles(`${FOLDER}/functions`)
  if (!storedSecrets) await writeSecrets(FOLDER, secrets)
  const template = await loadTemplate()
  const database = await openDatabase(template)
  database.broken.catch(exitWithError)
  if (afterCrash) await releaseLeases(databaseClient(database), (table) => `latchkey-local-${table}`)
  const publicUrl = environment['PUBLIC_URL'] ?? url
  const gateway = () => functions?.gateway()
  services.push(...(await localServices({ ...database, folder: `${FOLDER}/files`, publicUrl, gateway })))
  const fakes = await startFakes(environment, url)
  // It is in the documents, so that it must prove nothing to callers from elsewhere.
  if ((await publicHosts()).length > 0) delete fakes.settings['HLSERVER_WEBHOOK_SECRET']
  let current = environment
  const targetSecrets = (provider: string) => splitSecrets(current[targetSecretName(provider)] ?? '')
  const recipients = await startEventRecipients(targetSecrets, (line) => console.log(line))

  // Of every function: a changed bundle may read settings that it did not read when the template was made.
  const stackEnvironment = Object.assign({}, ...template.functions.map((definition) => definition.environment))
  const sharedEnvironment = (settings: Record<string, string>) => {
    const nonEmpty = Object.entries(settings).filter(([, value]) => value !== '')
    return {
      ...stackEnvironment,
      ...settings,
      ...fakes.settings,
      ...recipients.settings,
      ...Object.fromEntries(nonEmpty),
      WEBHOOKS: recipients.addTo(settings['WEBHOOKS'] ?? ''),
      ...localAws(database),
      ...localAwsSettings({ url: addressOf(HOST, PORT), publicUrl }),
    }
  }
  const webhooks = (settings: Record<string, string>) => {
    const [shown] = recipients.walkThroughs(settings['WEBHOOKS'] ?? '')
    return webhookLines(stageWebhooks('local').names, settings['PUBLIC_URL'] ?? url, shown?.lines)
  }
  let shownWebhooks = webhooks(environment)
  const loadEnvironment = async () => {
    const changed = await loadSecrets()
    if (!changed) return null
    current = await localEnvironment(changed).catch((error: unknown) => {
      if (!(error instanceof SetupError)) throw error
      throw new SetupError(`${error.message}\nThe entries before this change stay active.`)
    })
    const lines = webhooks(current)
    if (lines !== shownWebhooks && lines !== '') console.log(lines)
    shownWebhooks = lines
    return sharedEnvironment(current)
  }
  const live = await liveFunctions(
    { folder: FOLDER, loadTemplate, loadEnvironment, onOutput: output.functionOutput },
    { template, environment: sharedEnvironment(environment) },
  )
  functions = live
  const schedules = runSchedules(live.gateway)

  const shutDown = async () => {
    await removeRun(FOLDER)
    server.close()
    schedules.stop()
    await live.stop()
    await database.stop()
    await unlockFolder(FOLDER)
    process.exit(0)
  }
  let isStopping = false
  const stop = () => {
    if (!isStopping) void shutDown()
    isStopping = true
  }
  // npm forwards signals that the terminal has sent to this process too.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
  if (process.env['npm_lifecycle_event']) stopAfterParent(stop)
  const open = await openEndpoints(environment)
  const providers = fakes.walkThroughs.filter(({ needs }) => needs.every((name) => open.includes(name)))
  const walkThroughs = [...providers, ...recipients.walkThroughs(environment['WEBHOOKS'] ?? '')]
  const examples = exampleLines(await writeExampleFile(FOLDER, Date.now()), walkThroughs)
  const { endpoint, credentials } = database
  const real_providers = configuredProviders(environment)
  const { attestationAuthority: attestation_authority } = fakes
  const own = { pid: process.pid, url, public_url: publicUrl }
  const run = { ...own, database: { endpoint, credentials }, attestation_authority }
  await writeRun(FOLDER, { ...run, from_environment: FROM_ENVIRONMENT, real_providers })
  const adminToken = environment['ADMIN_TOKEN'] ?? ''
  const toggleDemo = demoToggle({ url, adminToken, realProviders: real_providers })
  const isInteractive = hasKeyboard(process.stdin) && process.stdout.isTTY
  const actions = isInteractive ? keyActions(url, examples, toggleDemo, stop) : []
  if (actions.length > 0) readKeys(process.stdin, actions, stop)
  await announce(url, environment, actions, shownWebhooks)
  if (options.examples) console.log(examples)
}

/** npm sends signals to the shell that it starts, and some shells do not pass them on: they only end. */
function stopAfterParent(stop: () => void): void {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) stop()
  }, PARENT_CHECK_MS).unref()
}

/** The keys of `npm start` on a terminal, in the order in which they are listed there. */
const keyActions = (url: string, examples: string, toggleDemo: () => void, stop: () => void): KeyAction[] => [
  { key: 'o', label: 'open', run: async () => (await import('open')).default(url) },
  { key: 'd', label: 'demo', run: toggleDemo },
  { key: 'e', label: 'examples', run: () => console.log(examples) },
  { key: 'q', label: 'quit', run: stop },
]

/** Prints what is running. The admin token is printed on a terminal only. */
async function announce(
  url: string,
  environment: Record<string, string>,
  actions: readonly KeyAction[],
  webhooks: string,
): Promise<void> {
  const adminToken = environment['ADMIN_TOKEN'] ?? ''
  const run = { url, adminToken, folder: FOLDER, keys: keyLine(actions), webhooks }
  console.log(
    process.stdout.isTTY
      ? terminalLines(run, process.stdout)
      : logLines(run, !FROM_ENVIRONMENT.includes('ADMIN_TOKEN')),
  )
  for (const note of await exposureNotes(environment)) console.log(note)
}

function parseOptions(): { fresh: boolean; examples: boolean } {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ options: { fresh: flag, examples: flag } }).values
  } catch {
    throw new SetupError(
      'The options are --fresh, which deletes the data, and --examples, as in npm start -- --examples.',
    )
  }
}

const loadSecrets = () =>
  readSecrets(FOLDER).catch(() => {
    throw new SetupError(`${FOLDER}/secrets.json is damaged: repair it, or reset with npm start -- --fresh.`)
  })

async function lockDataFolder(): Promise<{ afterCrash: boolean }> {
  const lock = await lockFolder(FOLDER).catch((error: unknown) => {
    throw new SetupError(`The folder ${FOLDER} cannot be used: ${errorText(error)}.`)
  })
  if (lock.state === 'acquired') return lock
  throw new SetupError(`The folder ${FOLDER} is in use by another Latchkey (process ${lock.pid}): stop it first.`)
}

async function loadTemplate(): Promise<Template> {
  try {
    return await readTemplate(await packageTemplate('local'))
  } catch (error) {
    throw new SetupError(errorText(error))
  } finally {
    // Its process would keep 200 MB.
    await stopBundler()
  }
}

/** The settings, which the template does not have; and what differs in a local run. Rejects if any is invalid. */
async function localEnvironment(secrets: DeploymentSecrets): Promise<Record<string, string>> {
  const port = Number(process.env['PORT'])
  const PUBLIC_URL = SET['PUBLIC_URL'] || `http://localhost:${port > 0 && port <= 65_535 ? port : 3000}`
  Object.assign(process.env, { PUBLIC_URL, PARAMETER_PATH: '' }, secretSettings(secrets, SET))
  clearSettingsCache()
  await getSettings(...LOCAL_NAMES)
  const environment = Object.fromEntries(LOCAL_NAMES.map((name) => [name, process.env[name] ?? '']))
  const { text: WEBHOOKS, providers } = stageWebhooks('local')
  return {
    ...environment,
    WEBHOOKS,
    ...localWebhookSecrets(providers.values(), secrets.SEAL_KEY),
    ...webhookSecretsIn(SET),
    OPEN_ENDPOINTS: (await openEndpoints(environment)).join() || 'none',
    PARAMETER_PATH: '',
    POWERTOOLS_LOG_LEVEL: process.env['POWERTOOLS_LOG_LEVEL'] ?? 'WARN',
    POWERTOOLS_METRICS_DISABLED: process.env['POWERTOOLS_METRICS_DISABLED'] ?? 'true',
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const isInUse = 'code' in error && error.code === 'EADDRINUSE'
      const message = isInUse
        ? `Port ${port} is in use: stop what listens there, or set another PORT.`
        : `Latchkey cannot listen on ${host}, port ${port}: ${errorText(error)}.`
      reject(new SetupError(message))
    })
    server.listen(port, host, resolve)
  })
}

async function openDatabase(template: Template) {
  try {
    return await startDynamoDb(template.tables, { folder: `${FOLDER}/data` })
  } catch {
    throw new SetupError(
      `The data in ${FOLDER}/data is damaged: restore a copy, or delete the data with npm start -- --fresh.`,
    )
  }
}

main().catch(exitWithError)
