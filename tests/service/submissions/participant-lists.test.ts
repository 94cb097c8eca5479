// @module-tag local-only
// These tests move the clock, store items of earlier versions, and look at the commands of one container.
import { BatchWriteCommand, DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { participantDigest } from '../../../lib/core/identifiers.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { nextOf } from '../../support/responses.ts'
import { accepted, formOf, listOf, submit } from '../../support/submissions.ts'

let latchkey: Latchkey
let client: typeof import('../../../lib/dynamodb/client.ts')
let clientId: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  vi.resetModules()
  client = await import('../../../lib/dynamodb/client.ts')
  clientId = (await latchkey.register({ scope: 'upload download delete' })).client_id
})
afterEach(() => {
  latchkey.database.plan = () => undefined
  vi.useRealTimers()
})
afterAll(() => latchkey.stop())

const TableName = () => process.env['SUBMISSIONS_TABLE']
const tokenOf = (participant_id: string) => latchkey.token(clientId, { participant_id })
let answers = 0
const send = async (auth_token: string): Promise<string> =>
  (await accepted(await submit(latchkey, formOf({ auth_token, responses: `${answers++}` })))).id

/** A manifest as earlier versions stored it. */
async function storeOld(participant_id: string | undefined, minute: number): Promise<string> {
  const id = `${clientId.slice(0, 24)}${String(answers++).padStart(8, '0')}`
  const received_at = new Date(Date.parse('2026-01-01') + minute * 60_000).toISOString()
  const keys = { submission: id, piece: 'manifest', list_key: `client#${clientId}`, list_order: `${received_at}#${id}` }
  const manifest = { id, client_id: clientId, participant_id, received_at, files: [], attempt: 'old', chunks: 0 }
  await client.documents.send(new PutCommand({ TableName: TableName(), Item: { ...manifest, ...keys } }))
  return id
}

/** The ids of a list, page by page, and the queries of the list of the client. */
async function listed(token: string, query = ''): Promise<{ ids: string[]; ofClient: number }> {
  let ofClient = 0
  latchkey.database.plan = (command, body) => {
    if (command === 'Query' && body.includes('"listed"')) ofClient += 1
    return undefined
  }
  const ids: string[] = []
  for (let next: string | undefined = `/submissions?${query}`; next !== undefined; ) {
    const answer: Response = await latchkey.call(next, { headers: { authorization: `Bearer ${token}` } })
    next = nextOf(answer)
    ids.push(...(await listOf(answer)).map(({ id }) => id))
  }
  latchkey.database.plan = () => undefined
  return { ids, ofClient }
}

/** The entries in the list of a participant, also those without a submission. */
async function entriesOf(participant: string): Promise<unknown[]> {
  const { Items = [] } = await client.documents.send(
    new QueryCommand({
      TableName: TableName(),
      KeyConditionExpression: 'submission = :list',
      ExpressionAttributeValues: { ':list': `participant#${clientId}#${participantDigest(participant)}` },
      ConsistentRead: true,
    }),
  )
  return Items.map(({ id }) => id)
}

it('a list of a participant is that of the client, filtered, until it has the submissions of earlier versions', async () => {
  const [ada, bob] = [await tokenOf('Ada'), await tokenOf('Bob')]
  const old = [await storeOld('Ada', 1), await storeOld('Ada', 2)]
  await storeOld('Bob', 3)
  await storeOld(undefined, 4)
  const recent = await send(ada)
  await send(bob)
  const all = [recent, ...old.toReversed()]
  expect(await entriesOf('Ada')).toEqual([recent])
  expect(await listed(ada)).toEqual({ ids: all, ofClient: 1 })

  // The first run only notes the time: functions of the earlier version may still run.
  const start = Date.now()
  await latchkey.runScheduled('clean-up-submissions.mjs')
  await latchkey.runScheduled('clean-up-submissions.mjs')
  expect(await listed(ada)).toEqual({ ids: all, ofClient: 1 })
  vi.useFakeTimers({ toFake: ['Date'], now: start + 3_660_000 })
  await latchkey.runScheduled('clean-up-submissions.mjs')
  vi.useRealTimers()
  expect(await entriesOf('Ada')).toEqual([...old, recent])
  expect(await listed(ada)).toEqual({ ids: all, ofClient: 0 })
  expect(await listed(await latchkey.token(clientId), 'participant_id=Ada')).toEqual({ ids: all, ofClient: 0 })
  expect((await listed(await latchkey.token(clientId))).ids).toHaveLength(6)
})

it('the list reads only what belongs to the participant', async () => {
  const eve = await tokenOf('Eve')
  const ids = [await send(eve), await send(eve), await send(eve)].toReversed()
  const before = latchkey.database.commands.length
  expect(await listed(eve)).toEqual({ ids, ofClient: 0 })
  const commands = latchkey.database.commands.slice(before)
  // The records of token and client together, and three manifests.
  expect(commands.filter((command) => command === 'BatchGetItem')).toHaveLength(1)
  expect(commands.filter((command) => command === 'GetItem')).toHaveLength(3)
  expect(commands.filter((command) => command === 'Query')).toHaveLength(1)
  for (const number of [1, 2, 3]) expect((await listed(eve, `number=${number}`)).ids).toEqual(ids)
  expect((await listed(eve, 'to=2026-01-01')).ids).toEqual([])
  expect((await listed(eve, 'from=2999-01-01')).ids).toEqual([])
  expect((await listed(eve, 'from=2030-01-01&to=2029-01-01')).ids).toEqual([])
  expect((await listed(await tokenOf('unknown'))).ids).toEqual([])
})

it('a deleted submission leaves the list', async () => {
  const jo = await tokenOf('Jo')
  const [first, second] = [await send(jo), await send(jo)]
  const headers = { authorization: `Bearer ${await latchkey.token(clientId, { participant_id: 'Jo' })}` }
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 })
  expect((await latchkey.call(`/submissions/${first}`, { method: 'DELETE', headers })).status).toBe(204)
  vi.useRealTimers()
  expect(await entriesOf('Jo')).toEqual([second])
  expect((await listed(jo)).ids).toEqual([second])
})

it('a submission that failed is not listed, and the clean-up removes its entry', async () => {
  const kim = await tokenOf('Kim')
  latchkey.database.plan = (command, body) =>
    command === 'PutItem' && body.includes('"manifest"') ? 'failing' : undefined
  const failed = await submit(latchkey, formOf({ auth_token: kim, responses: '"lost"' }))
  expect(failed.status).toBe(503)
  latchkey.database.plan = () => undefined
  expect(await entriesOf('Kim')).toHaveLength(1)
  expect((await listed(kim)).ids).toEqual([])
  // The repeat is another attempt, with an entry of its own.
  const { id } = await accepted(await submit(latchkey, formOf({ auth_token: kim, responses: '"lost"' })))
  expect(await entriesOf('Kim')).toEqual([id, id])
  expect((await listed(kim)).ids).toEqual([id])
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_660_000 })
  await latchkey.runScheduled('clean-up-submissions.mjs')
  vi.useRealTimers()
  expect(await entriesOf('Kim')).toEqual([id])
  expect((await listed(kim)).ids).toEqual([id])
})

it('the backfill continues where it stopped, and lists nothing that is deleted meanwhile', async () => {
  const Key = { submission: 'participants', piece: 'backfill' }
  await client.documents.send(new DeleteCommand({ TableName: TableName(), Key }))
  vi.resetModules()
  const backfill = await import('../../../lib/submissions/participant-backfill.ts')
  expect(await backfill.hasParticipantLists()).toBe(false)
  const [kept, deleted] = [await storeOld('Lee', 5), await storeOld('Lee', 6)]
  const start = Date.now()
  await backfill.backfillParticipantLists(Infinity)
  vi.useFakeTimers({ toFake: ['Date'], now: start + 3_660_000 })
  await backfill.backfillParticipantLists(0)
  expect(await entriesOf('Lee')).toEqual([])
  expect(await backfill.hasParticipantLists()).toBe(false)
  latchkey.database.plan = async (command, body) => {
    if (command === 'PutItem' && body.includes(deleted)) {
      const manifest = { submission: deleted, piece: 'manifest' }
      await client.documents.send(new DeleteCommand({ TableName: TableName(), Key: manifest }))
    }
    return undefined
  }
  await backfill.backfillParticipantLists(Infinity)
  expect(await entriesOf('Lee')).toEqual([kept])
  expect(await backfill.hasParticipantLists()).toBe(true)
  const before = latchkey.database.commands.length
  expect(await backfill.hasParticipantLists()).toBe(true)
  expect(latchkey.database.commands.length).toBe(before)
  await backfill.backfillParticipantLists(Infinity)
  expect(latchkey.database.commands.slice(before)).toEqual(['GetItem'])
})

it('the backfill continues after the page at which its time was up', async () => {
  const Key = { submission: 'participants', piece: 'backfill' }
  await client.documents.send(new DeleteCommand({ TableName: TableName(), Key }))
  const received_at = '2026-01-01T00:00:00.000Z'
  const manifest = { piece: 'manifest', client_id: 'many', received_at, files: [], attempt: 'old', chunks: 0 }
  const many = Array.from({ length: 600 }, (_, count) => {
    const id = `f${String(count).padStart(31, '0')}`
    const keys = { submission: id, list_key: 'client#many', list_order: `${received_at}#${id}` }
    return { ...manifest, ...keys, id, ...(count % 599 === 0 && { participant_id: 'Max' }) }
  })
  while (many.length > 0) {
    const RequestItems = { [TableName() ?? '']: many.splice(0, 25).map((Item) => ({ PutRequest: { Item } })) }
    await client.documents.send(new BatchWriteCommand({ RequestItems }))
  }
  const start = Date.now()
  const { backfillParticipantLists } = await import('../../../lib/submissions/participant-backfill.ts')
  await backfillParticipantLists(Infinity)
  vi.useFakeTimers({ toFake: ['Date'], now: start + 3_660_000 })
  let scans = 0
  latchkey.database.plan = (command) => {
    if (command === 'Scan') {
      scans += 1
      vi.setSystemTime(Date.now() + 60_000)
    }
    return undefined
  }
  await backfillParticipantLists(Date.now() + 30_000)
  expect(scans).toBe(1)
  await backfillParticipantLists(Infinity)
  const entries = await client.documents.send(
    new QueryCommand({
      TableName: TableName(),
      KeyConditionExpression: 'submission = :list',
      ExpressionAttributeValues: { ':list': `participant#many#${participantDigest('Max')}` },
    }),
  )
  expect(entries.Count).toBe(2)
})
