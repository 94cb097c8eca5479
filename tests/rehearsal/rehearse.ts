import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { stagePolicies, stageStacks } from '../../dev/deployer-policy.ts'
import { OPERATOR_NAMES } from '../../dev/environment.ts'
import { startFakeHelpLightning } from '../../dev/fakes/helplightning.ts'
import { startFakeIncode } from '../../dev/fakes/incode.ts'
import { startFakeOpenSenseMap } from '../../dev/fakes/opensensemap.ts'
import { startFakeSethealth } from '../../dev/fakes/sethealth.ts'
import { freePort } from '../../dev/free-port.ts'
import { SECRET_NAMES } from '../../lib/config/settings-table.ts'
import {
  aliasedVersions,
  callDynamoDb,
  callLogs,
  createUser,
  deleteProtectedStack,
  deployedApi,
  deployedFunctions,
  emulatedAws,
  filesBucket,
  fireAlarm,
  invokeFunction,
  itemCounts,
  putTestItem,
  REGION,
  releaseAliases,
  stopSchedules,
} from './aws.ts'
import { CommandFailure, FOLDER, lastLines, ROOT, run } from './command.ts'
import { deploymentUser } from './deployment-user.ts'
import { EMULATOR_LOG, installEmulator, MissingPrerequisite, type RunningEmulator, startEmulator } from './emulator.ts'
import { restoreTable } from './restore-table.ts'

const REPORT = 'rehearsal-report.json'
const STAGE = ['--stage', 'rehearsal']
/** The emulator makes versions and aliases, but has no CodeDeploy, so that all requests move at once. */
const SHIFTING = { SHIFT_TRAFFIC: 'linear' }
const BACKUPS = { BACKUP_DAYS: '7', BACKUP_LOCK: 'true' }
const PROJECTS = ['service', 'contract'].flatMap((name) => ['--project', name])
const report = z.object({ numPassedTests: z.int(), numPendingTests: z.int() })
/** What a deployment prints before it changes the data stack. */
const DATA_CHANGES = /Changes of latchkey-rehearsal-data:/
const setUp = z.object({ admin_token: z.string() })
const names = (all: readonly string[], settings: Record<string, string>) =>
  Object.fromEntries(all.map((name) => [name, settings[name] ?? '']))

/** Runs a step and prints its duration, with details of its result. */
async function step<T>(title: string, run: () => Promise<T>, details: (result: T) => string = () => ''): Promise<T> {
  const start = performance.now()
  const result = await run()
  console.log(`${title}: ${((performance.now() - start) / 1000).toFixed(1)} s${details(result)}`)
  return result
}

/** `npm run rehearse`: deploys into an emulator of AWS, uses, tests, redeploys and removes the stage. */
async function rehearse(signal: AbortSignal, cleanUp: (() => Promise<unknown>)[], isShort: boolean): Promise<void> {
  await mkdir(FOLDER, { recursive: true, mode: 0o700 })
  await step('The emulator installed', () => installEmulator(signal))
  const emulator: RunningEmulator = await step('The emulator started', async () =>
    startEmulator(signal, await freePort()),
  )
  cleanUp.push(emulator.stop)
  const { url } = emulator
  const osem = await startFakeOpenSenseMap()
  const fakes = [await startFakeIncode('OK'), await startFakeHelpLightning(), await startFakeSethealth(), osem]
  cleanUp.push(...fakes.map(({ stop }) => stop))
  const settings: Record<string, string> = Object.assign({}, ...fakes.map((fake) => fake.settings))

  const aws = emulatedAws(url)
  const users = await step('Users for setup, deployment and smoke test, with their policies alone', async () => {
    const stacks = await stageStacks('latchkey', 'rehearsal', { ...SHIFTING, ...BACKUPS })
    const { setup, deploy, smoke } = stagePolicies({ service: 'latchkey', stage: 'rehearsal', region: REGION, stacks })
    const create = (name: string, policy: object) => createUser(url, name, policy)
    return {
      setup: await create('setup', setup),
      deploy: await create('deploy', deploy),
      smoke: await create('smoke', smoke),
    }
  })
  // Empty values take precedence over .env, so that its settings do not reach the rehearsal.
  const plain = { ...names(OPERATOR_NAMES, settings), ...names(SECRET_NAMES, {}) }
  const serverless = (log: string, args: readonly string[], more: Record<string, string> = {}) =>
    run(log, process.execPath, [`${ROOT}node_modules/serverless/bin/serverless.js`, ...args, ...STAGE], {
      environment: { ...plain, ...users.deploy, ...more },
      signal,
    })
  const deploy = (log: string, more: Record<string, string> = {}) =>
    serverless(log, ['deploy', '--param', 'defaults=true'], more)
  const rejection = (deployment: Promise<string>): Promise<string> =>
    deployment.then(
      () => 'no error',
      (error: unknown) => (error instanceof CommandFailure ? error.output : String(error)),
    )

  const adminToken = await step('npx latchkey setup', async () => {
    const file = `${FOLDER}/secrets.env`
    const secrets = SECRET_NAMES.filter((name) => settings[name]).map((name) => `${name}="${settings[name]}"\n`)
    await writeFile(file, secrets.join(''), { mode: 0o600 })
    const args = ['run', '--silent', 'latchkey', '--', 'setup', ...STAGE, '--from', file, '--json']
    return setUp.parse(JSON.parse(await run('setup', 'npm', args, { environment: users.setup, signal }))).admin_token
  })
  await step('npm run probe', async () => {
    const output = await run('probe', 'npm', ['run', '--silent', 'probe'], { environment: aws, signal })
    assert.match(output, /SLASH_ROUTES needs no value\.\nPreflight requests succeed: /)
  })
  await step('Rejected: a deployment without .env.rehearsal, and one with a mistyped setting', async () => {
    const [missing, mistyped] = await Promise.all([
      rejection(serverless('deploy-rejected', ['deploy'])),
      rejection(deploy('deploy-mistyped', { OSEM_COLUMNS: '(' })),
    ])
    assert.match(missing, /\.env\.rehearsal is missing/)
    assert.match(mistyped, /OSEM_COLUMNS must be a regular/)
    assert.equal((await deployedFunctions(url)).length, 0)
  })
  const bucket = filesBucket(url)
  await step('A first deployment that fails, and leaves the tables and the bucket', async () => {
    const group = { logGroupName: '/aws/lambda/latchkey-rehearsal-approve' }
    await callLogs(url, 'CreateLogGroup', group)
    assert.match(await rejection(deploy('deploy-failed')), /latchkey-rehearsal-approve'? already exists/)
    await callLogs(url, 'DeleteLogGroup', group)
    assert.equal((await deployedFunctions(url)).length, 0)
    await putTestItem(url)
    await bucket.put()
  })
  await step('serverless deploy, over these tables and this bucket', async () => {
    await deploy('deploy')
    assert.doesNotMatch(await readFile(`${FOLDER}/deploy.log`, 'utf8'), DATA_CHANGES)
    assert.deepEqual([...(await itemCounts(url)).values()].toSorted(), [0, 0, 0, 0, 1])
    assert.ok(await bucket.isConfigured())
  })
  const apiId = await deployedApi(url)
  const { use, grant, findAll } = deploymentUser(`${url}/_aws/execute-api/${apiId}`, adminToken)
  const used = await step('Used: registered, uploaded, downloaded, forwarded', async () => {
    const done = await use()
    const functions = await deployedFunctions(url)
    for (const { name, file } of functions) {
      if (file === 'forward-measurements.mjs' || file === 'retry-jobs.mjs') await invokeFunction(url, name)
    }
    assert.equal(osem.measurements.length, 2, 'the rows did not arrive at openSenseMap')
    return done
  })
  await step('serverless deploy again, over existing data, while an alarm is firing, with aliases', async () => {
    await fireAlarm(url, 'latchkey-rehearsal-TokenErrors')
    const changes = { TOKEN_MINUTES: '30', MAX_WRITE_UNITS: '1000', TAGS: 'team=air' }
    await deploy('deploy-again', { ...changes, ...BACKUPS, ...SHIFTING })
    const output = await readFile(`${FOLDER}/deploy-again.log`, 'utf8')
    assert.match(output, /Settings that change:\s+TOKEN_MINUTES: \(default\) -> 30\n/)
    assert.match(output, DATA_CHANGES)
    const table = await callDynamoDb(url, 'DescribeTable', { TableName: 'latchkey-rehearsal-clients' })
    assert.match(JSON.stringify(table), /"OnDemandThroughput":\{[^}]*"MaxWriteRequestUnits":1000/)
    assert.match(output, /latchkey-rehearsal-TokenErrors is firing already: this deployment ignores it/)
    assert.match(output, /Alarms that can roll this deployment back, until 10 minutes after its last change: 4\./)
    assert.deepEqual(await aliasedVersions(url), { approve: '1', token: '1', upload: '1', webhook: '1' })
    await findAll(used)
    await grant(used.clientId, 30)
  })
  await step('npm run smoke', async () => {
    const environment = { ...users.smoke, ADMIN_TOKEN: adminToken }
    await run('smoke', 'npm', ['run', '--silent', 'smoke', '--', ...STAGE], { environment, signal })
  })
  await step('A table restored with the commands of the runbook', async () => {
    const table = 'latchkey-rehearsal-measurements'
    const before = await itemCounts(url)
    const runScript = (args: readonly string[]) => run('restore', 'npm', args, { environment: aws, signal })
    const damage = () => putTestItem(url)
    await restoreTable({ url, stage: 'rehearsal', table, runScript, damage })
    assert.deepEqual(await itemCounts(url), before)
    await findAll(used)
  })
  await step(
    'The HTTP tests against the deployment',
    () => test({ url, apiId }, signal),
    (counts) => counts,
  )
  await step('serverless remove, which leaves the tables and the bucket', async () => {
    await putTestItem(url) // The tests may have deleted all items.
    const before = await itemCounts(url)
    await serverless('remove', ['remove'])
    assert.equal((await deployedFunctions(url)).length, 0)
    assert.deepEqual(await itemCounts(url), before)
    assert.equal(await bucket.read(), 'test object')
  })
  if (isShort) return
  await step(
    'serverless deploy after the removal of both stacks, which imports the tables and the bucket, and protects them',
    async () => {
      const before = await itemCounts(url)
      await deleteProtectedStack(url, 'latchkey-rehearsal-data')
      const TableName = 'latchkey-rehearsal-clients'
      await callDynamoDb(url, 'UpdateTable', { TableName, DeletionProtectionEnabled: false })
      await deploy('deploy-after-removal')
      assert.match(await readFile(`${FOLDER}/deploy-after-removal.log`, 'utf8'), /Import ClientsTable\n/)
      assert.match(await readFile(`${FOLDER}/deploy-after-removal.log`, 'utf8'), /Import FilesBucket\n/)
      assert.ok(await bucket.isConfigured())
      assert.equal(await bucket.read(), 'test object')
      const table = await callDynamoDb(url, 'DescribeTable', { TableName })
      assert.match(JSON.stringify(table), /"DeletionProtectionEnabled":true/)
      assert.ok((await deployedFunctions(url)).length > 0)
      assert.deepEqual(await itemCounts(url), before)
    },
  )
}

async function test(rehearsal: { url: string; apiId: string }, signal: AbortSignal): Promise<string> {
  await stopSchedules(rehearsal.url) // The tests invoke these functions themselves.
  await releaseAliases(rehearsal.url) // They also change settings, which versions do not allow.
  const vitest = `${ROOT}node_modules/vitest/vitest.mjs`
  const environment = { LATCHKEY_REHEARSAL: JSON.stringify(rehearsal) }
  await run('tests', process.execPath, [vitest, 'run', ...PROJECTS, '--tagsFilter', '!local-only'], {
    environment,
    signal,
  })
  const { numPassedTests, numPendingTests } = report.parse(JSON.parse(await readFile(ROOT + REPORT, 'utf8')))
  return `, ${numPassedTests} passed, ${numPendingTests} skipped`
}

/**
 * With `--if-possible`, a missing Python or PyPI skips the rehearsal instead of failing it. With `--short`, the stage is not
 * deployed again after its removal.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { 'if-possible': { type: 'boolean' }, short: { type: 'boolean', default: false } },
  })
  const stopping = new AbortController()
  const cleanUp: (() => Promise<unknown>)[] = []
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => stopping.abort(new Error('stopped')))
  try {
    await rehearse(stopping.signal, cleanUp, values.short)
    console.log('The rehearsal passed.')
    return 0
  } catch (error) {
    if (error instanceof MissingPrerequisite && values['if-possible']) {
      console.log(`rehearsal skipped: ${error.message}`)
      return 0
    }
    if (error instanceof MissingPrerequisite) {
      console.error(`The rehearsal needs Python 3 and PyPI, and cannot start: ${error.message}.`)
      return 1
    }
    if (error instanceof CommandFailure && error.output !== '') console.error(error.output)
    console.error(`\nThe rehearsal failed: ${error instanceof Error ? error.message : error}`)
    const log = lastLines(await readFile(EMULATOR_LOG, 'utf8').catch(() => ''), 20)
    if (!stopping.signal.aborted) console.error(`\nThe emulator's last lines, of .rehearsal/emulator.log:\n${log}`)
    return 1
  } finally {
    await Promise.all(cleanUp.map((stop) => stop()))
  }
}

process.exitCode = await main()
