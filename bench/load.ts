import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { localAws, startDynamoDb } from '../dev/dynamodb.ts'
import { packageTemplate } from '../dev/package-template.ts'
import { readTemplate } from '../dev/template.ts'
import { startDatabase } from '../tests/support/database.ts'
import { throttledPartitions } from '../tests/support/partitions.ts'
import { runBoxes, runLoggers, runParticipants, type Sent } from './devices.ts'
import { type Figure, reportOrFail } from './report.ts'
import { isQuick } from './rounds.ts'
import { figuresOfKind, startSender } from './sender.ts'
import { makeFolder, startService } from './service.ts'
import { type Stored, storedBoxRows, storedLargeUploads, storedSubmissions } from './stored.ts'

/**
 * Part `load`: devices of several kinds upload over HTTP. Each partition of the tables accepts 1,000 write units and 3,000
 * read units per second. Halfway, the service is killed. Devices retry as the guides advise. Then everything is read
 * back. The process fails if accepted data is missing, or any data is stored twice.
 */
const seconds = isQuick ? 10 : 24
const folder = await makeFolder('load')
const TEMPLATE = await packageTemplate('local')
const database = await startDynamoDb((await readTemplate(TEMPLATE)).tables, { isOpen: true })
const throttling = await startDatabase(database.endpoint)
const partitions = throttledPartitions(() => performance.now())
const service = await startService(folder, { ...localAws(throttling), TEMPLATE }, 'bench/functions.ts')

/** Registers a client and returns its id with a token. */
async function register(): Promise<{ id: string; token: string }> {
  const { client_id: id = '' } = await service.fetchJson('/register', {
    method: 'POST',
    body: JSON.stringify({ callback_url: 'https://app.example/' }),
    headers: { 'content-type': 'application/json', ...service.admin },
  })
  return { id, token: (await service.fetchJson(`/token?client_id=${id}`))['auth_token'] ?? '' }
}

/** What is missing, doubled or unknown of the things of a kind. */
function compare(what: string, { sent, accepted }: Sent, stored: Stored): Figure[] {
  const missing = [...accepted].filter((key) => !stored.has(key))
  const doubled = [...stored].filter(([, times]) => times > 1)
  const unknown = [...stored.keys()].filter((key) => !sent.has(key))
  return [
    { what: `${what}: accepted`, value: accepted.size, unit: '' },
    { what: `${what}: accepted, but missing`, value: missing.length, unit: '', atMost: 0 },
    { what: `${what}: stored more than once`, value: doubled.length, unit: '', atMost: 0 },
    { what: `${what}: stored in part, or never sent`, value: unknown.length, unit: '', atMost: 0 },
  ]
}

try {
  const [boxClient, loggerClient, app] = [await register(), await register(), await register()]
  throttling.plan = (command, body) => partitions.plan(command, body)
  throttling.commands.length = 0
  const sender = startSender(service)
  const boxes = runBoxes(sender, boxClient.token)
  const loggers = runLoggers(sender, loggerClient.token)
  const participants = runParticipants(sender, app.token)
  await sleep(seconds * 500)
  const downSeconds = await sender.crash()
  await sleep(seconds * 500)
  sender.stop()
  await Promise.all([boxes.done, loggers.done, participants.done])
  for (const problem of sender.unexpected) console.error(problem)
  const sentCommands = throttling.commands.length
  throttling.plan = () => undefined
  const kinds = [boxes.kind, loggers.kind, participants.kind]
  reportOrFail('load', [
    ...kinds.flatMap((kind) => figuresOfKind(kind, seconds)),
    { what: 'throttled commands', value: partitions.used.throttled, unit: '' },
    { what: 'throttled, of all commands', value: (partitions.used.throttled / sentCommands) * 100, unit: '%' },
    { what: 'until the killed service was back', value: downSeconds, unit: 's' },
    { what: 'unexpected responses', value: sender.unexpected.length, unit: '', atMost: 0 },
    ...compare('rows of boxes', boxes.rows, await storedBoxRows(service, boxClient.id)),
    ...compare('large uploads', loggers.uploads, await storedLargeUploads(service, loggerClient.id)),
    ...compare('submissions', participants.files, await storedSubmissions(service, app.id)),
  ])
} finally {
  await service.kill()
  await rm(folder, { recursive: true, force: true })
}
process.exit()
