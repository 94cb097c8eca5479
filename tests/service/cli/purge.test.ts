// @module-tag local-only
// The command line works on tables and parameters of its own.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { PHOTO, sendFile } from '../../support/files.ts'
import { delivery, sessionOf, statusEvent } from '../../support/identity.ts'
import { type Stage, startStage } from '../../support/stage.ts'
import { accepted, formOf, submissionsOf, submit } from '../../support/submissions.ts'

/** Removes data stored over HTTP with the command line, and searches all tables for remains. */
let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())
afterEach(() => {
  stage.database.plan = () => undefined
})

const TABLES = ['clients', 'tokens', 'sessions', 'measurements', 'submissions']
const KEYS = ['client_id', 'id', 'series', 'submission', 'block', 'piece']

/** All items, as `<table> <key>`. */
async function everything(): Promise<Map<string, Record<string, AttributeValue>>> {
  const found = new Map<string, Record<string, AttributeValue>>()
  for (const table of TABLES) {
    const pages = paginateScan({ client: stage.tables }, { TableName: stage.table(table), ConsistentRead: true })
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        const keys = table === 'clients' ? ['client_id'] : KEYS.filter((name) => name !== 'client_id')
        // A submission is one entry, however many pieces it has, with that in the list of its participant.
        const isListed = item['submission']?.S?.startsWith('participant#')
        const shown = table === 'submissions' ? [isListed ? 'id' : 'submission'] : keys
        found.set([table, ...shown.flatMap((name) => item[name]?.S ?? [])].join(' '), item)
      }
    }
  }
  return found
}

/** Attempts of submissions that have not completed. */
async function notes(): Promise<Record<string, AttributeValue>[]> {
  const found: Record<string, AttributeValue>[] = []
  const pages = paginateScan({ client: stage.tables }, { TableName: stage.table('submissions'), ConsistentRead: true })
  for await (const { Items = [] } of pages) found.push(...Items.filter(({ piece }) => piece?.S?.startsWith('attempt#')))
  return found
}

const digestOf = (keys: string[]) =>
  createHash('sha256')
    .update(
      keys
        .toSorted()
        .map((key) => `${key}\n`)
        .join(''),
    )
    .digest('hex')

const granted = z.object({ access_token: z.string() })

/** A confidential client, and its tokens for participants that it names. */
async function confidential() {
  const { client_id, client_secret } = await stage.register({ kind: 'confidential', scope: 'upload start' })
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
  return {
    client_id,
    async token(participant_id?: string) {
      const named = participant_id === undefined ? {} : { participant_id }
      const body = new URLSearchParams({ grant_type: 'client_credentials', ...named })
      const answer = await stage.call('/token', { method: 'POST', body, headers: { authorization } })
      return granted.parse(await answer.json()).access_token
    },
  }
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const upload = async (token: string, row: Record<string, unknown>) =>
  (await stage.upload(token, JSON.stringify(row))).status

/** Stores all kinds of data of a participant: rows, a submission with a large file, an identity session with an event. */
async function livesOn(token: string, name: string) {
  for (const row of [
    { time: 10, of: name },
    { time: 70, of: name },
    { time: 30, of: name, box: 'shared' },
  ]) {
    expect(await upload(token, row)).toBe(200)
  }
  const form = formOf({ auth_token: token, responses: JSON.stringify(name), files: [['a', 'abc']] })
  form.append('upload', await sendFile(stage, token, PHOTO, Buffer.from(`the photo of ${name}`)))
  await stage.settled()
  await accepted(await submit(stage, form))
  const { interviewId } = await sessionOf(await stage.call('/start', bearer(token)))
  const event = await stage.call('/webhook', delivery(statusEvent(interviewId)))
  expect(event.status).toBe(200)
}

/** The content of all objects in the bucket. */
async function photos(): Promise<string[]> {
  const { store } = stage.bucket
  const objects = await store.list('')
  const texts = await Promise.all(objects.map((object) => text(store.read(object, 0, object.size))))
  return texts.toSorted()
}

const purge = (client: string, ...args: string[]) => stage.json('purge', '--client', client, ...args)
const counts = (parts: { kind: string; source: string | null; items: number; rows: number }[]) =>
  parts.map(({ kind, source, items, rows }) => [kind, source, items, rows])
const of = (rows: Record<string, unknown>[]) => rows.map((row) => row['of']).toSorted()

describe('purge of a participant', { timeout: 120_000 }, () => {
  it('removes all data of the participant, no other data, and prints a report', async () => {
    const client = await confidential()
    const other = await confidential()
    const [ada, bob, elsewhere] = await Promise.all([client.token('Ada'), client.token('Bob'), other.token('Ada')])
    await livesOn(ada, 'Ada')
    await livesOn(bob, 'Bob')
    await livesOn(elsewhere, 'Ada elsewhere')
    // A box with her name belongs to other uploaders.
    expect(await upload(bob, { time: 5, of: 'Bob', box: 'Ada' })).toBe(200)
    expect(await upload(await client.token(), { time: 6, of: 'nobody', box: 'Ada' })).toBe(200)
    // Old blocks are in the series of the client. Some do not record who sent them.
    for (const item of (await everything()).values()) {
      if (item['participant']?.S !== 'Ada' || !item['series']?.S?.startsWith(client.client_id)) continue
      const { participant, ...others } = item
      const TableName = stage.table('measurements')
      const sent = { ...item, series: { S: `${client.client_id}#shared` } }
      const unnamed = { ...others, series: { S: `${client.client_id}#Ada` } }
      const isOfBox = item['c:box'] !== undefined
      await stage.tables.send(new PutItemCommand({ TableName, Item: isOfBox ? sent : unnamed }))
    }
    expect(await upload(await client.token(), { time: 7, of: 'nobody', box: 'shared' })).toBe(200)

    const before = await everything()
    const dry = await purge(client.client_id, '--participant', 'Ada')
    expect(dry).toMatchObject({ removed: false, left: null, client_id: client.client_id, participant_id: 'Ada' })
    expect(new Set((await everything()).keys())).toEqual(new Set(before.keys()))

    const proof = await purge(client.client_id, '--participant', 'Ada', '--yes')
    expect(counts(proof.parts)).toEqual([
      ['catalog', null, 2, 0],
      ['events', null, 1, 0],
      ['files', null, 1, 0],
      ['identity sessions', null, 3, 0],
      ['measurements', 'Ada', 4, 4],
      ['measurements', 'Ada/shared', 1, 1],
      ['measurements', 'shared', 1, 1],
      ['submissions', null, 1, 0],
      ['tokens', null, 1, 0],
    ])
    expect(proof.parts[4]).toMatchObject({ first: '1970-01-01T00:00:10.000Z', last: '1970-01-01T00:01:10.000Z' })
    expect(proof.parts[2]).toMatchObject({ bytes: 'the photo of Ada'.length })
    expect(proof.parts[7]).toMatchObject({ bytes: '"Ada"abc'.length })
    expect(proof).toMatchObject({ stage: stage.stage, removed: true, left: [], sha256: dry.sha256 })
    const after = await everything()
    const gone = [...before.keys()].filter((key) => !after.has(key))
    expect(gone).toHaveLength(15)
    expect(await photos()).toEqual(['the photo of Ada elsewhere', 'the photo of Bob'])
    expect(digestOf(gone)).toBe(proof.sha256)

    expect(of(await stage.rows(client.client_id))).toEqual(['Bob', 'Bob', 'Bob', 'Bob', 'nobody', 'nobody'])
    expect(of(await stage.rows(other.client_id))).toEqual(Array(3).fill('Ada elsewhere'))
    expect((await submissionsOf(stage, client.client_id)).map(({ participant_id }) => participant_id)).toEqual(['Bob'])
    expect([await upload(ada, { a: 1 }), await upload(bob, { a: 1 }), await upload(elsewhere, { a: 1 })]).toEqual([
      401, 200, 200,
    ])
    const again = await stage.command('purge', '--client', client.client_id, '--participant', 'Ada', '--yes')
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toContain('\n\nnothing\n\n')
    expect(again.stdout).toContain('items found by a second scan: 0\n')
  })

  it('removes remains of interrupted submissions, but not of submissions in progress', async () => {
    const client = await confidential()
    const [ada, bob] = await Promise.all([client.token('Ada'), client.token('Bob')])
    stage.database.plan = (command, body) =>
      body.includes('"manifest"') && command === 'PutItem' ? 'failing' : undefined
    for (const auth_token of [ada, bob])
      expect((await submit(stage, formOf({ auth_token, files: [['a', 'abc']] }))).status).toBe(503)
    stage.database.plan = () => undefined
    const isAdas = (item: Record<string, AttributeValue>) => item['participant_id']?.S === 'Ada'
    const ofAda = ['unfinished submissions', null, 1, 0]
    const purged = async (...args: string[]) =>
      counts((await purge(client.client_id, '--participant', 'Ada', ...args)).parts)
    const early = await stage.command('purge', '--client', client.client_id, '--participant', 'Ada', '--yes', '--json')
    expect(early.code).toBe(1)
    expect(JSON.parse(early.stdout).left).toMatchObject([{ kind: 'unfinished submissions', items: 1 }])
    expect((await notes()).filter(isAdas)).toHaveLength(1)

    for (const { submission = { S: '' }, piece = { S: '' } } of await notes()) {
      const list_order = { S: new Date(Date.now() - 61_000).toISOString() }
      await stage.tables.send(
        new UpdateItemCommand({
          TableName: stage.table('submissions'),
          Key: { submission, piece },
          UpdateExpression: 'SET list_order = :then',
          ExpressionAttributeValues: { ':then': list_order },
        }),
      )
    }
    expect(await purged()).toContainEqual(ofAda)
    const [own] = (await notes()).filter(isAdas)
    expect(await purged('--yes')).toContainEqual(ofAda)
    expect((await notes()).map((item) => item['participant_id']?.S)).toEqual(['Bob'])
    expect((await everything()).has(`submissions ${own?.['submission']?.S}`)).toBe(false)
  })

  it('finds a series by its name, also if its catalog entry is missing', async () => {
    const { client_id } = await stage.register()
    const token = await stage.token(client_id, { participant_id: 'a b#c' })
    await upload(token, { time: 1, of: 'x' })
    for (const { series, block } of (await everything()).values()) {
      if (series?.S !== `participants#${client_id}` || !block) continue
      await stage.tables.send(new DeleteItemCommand({ TableName: stage.table('measurements'), Key: { series, block } }))
    }
    expect(counts((await purge(client_id, '--participant', 'a b#c', '--yes')).parts)).toEqual([
      ['catalog', null, 1, 0],
      ['measurements', 'a b#c', 1, 1],
      ['tokens', null, 1, 0],
    ])
    expect([...(await everything()).keys()].filter((key) => key.includes(client_id))).toEqual([`clients ${client_id}`])
  })

  it('removes no rows without participant if the participant is called like their series', async () => {
    const { client_id } = await stage.register()
    await upload(await stage.token(client_id), { time: 1, of: 'nobody' })
    await upload(await stage.token(client_id, { participant_id: 'default' }), { time: 2, of: 'default' })
    expect(counts((await purge(client_id, '--participant', 'default', '--yes')).parts)).toEqual([
      ['catalog', null, 1, 0],
      ['measurements', 'default', 1, 1],
      ['tokens', null, 1, 0],
    ])
    expect(of(await stage.rows(client_id))).toEqual(['nobody'])
  })

  it('finds identity sessions by participant after their token expired', async () => {
    const { client_id, token } = await confidential()
    for (const name of ['Ada', 'Bob']) await sessionOf(await stage.call('/start', bearer(await token(name))))
    for (const [key, { id = { S: '' }, client_id: owner }] of await everything()) {
      if (!key.startsWith('tokens jti#') || owner?.S !== client_id) continue
      await stage.tables.send(new DeleteItemCommand({ TableName: stage.table('tokens'), Key: { id } }))
    }
    expect(counts((await purge(client_id, '--participant', 'Ada', '--yes')).parts)).toEqual([
      ['identity sessions', null, 3, 0],
    ])
    expect(counts((await purge(client_id)).parts)).toEqual([['identity sessions', null, 3, 0]])
  })

  it('finds identity sessions of unnamed participants by the token that started them', async () => {
    const { client_id } = await stage.register({ scope: 'start' })
    const tokens = [await stage.token(client_id, { participant_id: 'Ada' }), await stage.token(client_id)]
    for (const token of tokens) await sessionOf(await stage.call('/start', bearer(token)))
    const { parts, not_covered } = await purge(client_id, '--participant', 'Ada', '--yes')
    expect(counts(parts)).toEqual([
      ['identity sessions', null, 3, 0],
      ['tokens', null, 1, 0],
    ])
    expect(not_covered).toContainEqual(expect.stringContaining('Identity sessions whose token has expired'))
  })
})

describe('purge of a client', { timeout: 120_000 }, () => {
  it('removes all data, and the registration with --registration', async () => {
    const { client_id, token } = await confidential()
    const salted = await stage.register({ checksum_salt: 'a-salt-of-its-own' })
    await livesOn(await token('Ada'), 'Ada')
    await livesOn(await token('Bob'), 'Bob')
    const before = await everything()
    const { parts, left, sha256, not_covered } = await purge(client_id, '--yes')
    expect(counts(parts)).toEqual([
      ['catalog', null, 5, 0],
      ['events', null, 2, 0],
      ['files', null, 2, 0],
      ['identity sessions', null, 6, 0],
      ['measurements', 'Ada', 2, 2],
      ['measurements', 'Ada/shared', 1, 1],
      ['measurements', 'Bob', 2, 2],
      ['measurements', 'Bob/shared', 1, 1],
      ['submissions', null, 2, 0],
      ['tokens', null, 2, 0],
    ])
    expect(left).toEqual([])
    const after = await everything()
    const gone = [...before.keys()].filter((key) => !after.has(key))
    expect(digestOf(gone)).toBe(sha256)
    expect(not_covered).toContainEqual('The registration of the client: --registration removes it.')
    expect(not_covered).toContainEqual(expect.stringContaining('clients disable blocks them'))
    expect(await stage.rows(client_id)).toEqual([])
    // The client is still registered, so it can get tokens.
    expect(await upload(await token('Ada'), { a: 1 })).toBe(200)

    const all = await purge(client_id, '--registration', '--yes')
    expect(counts(all.parts).map(([kind]) => kind)).toContain('registration')
    expect(all.not_covered.join()).not.toMatch(/registration|clients disable/)
    expect([...(await everything()).values()].filter((item) => JSON.stringify(item).includes(client_id))).toEqual([])
    expect((await stage.command('purge', '--client', client_id)).stderr).toBe(
      'There is no such client: clients list shows all of them.\n',
    )

    expect(counts((await purge(salted.client_id, '--registration', '--yes')).parts)).toEqual([
      ['registration', null, 1, 0],
      ['salts', null, 1, 0],
    ])
    expect((await stage.register({ checksum_salt: 'a-salt-of-its-own' })).client_id).not.toBe(salted.client_id)
  })

  it('can be interrupted and repeated until no data remains', async () => {
    const { client_id, token } = await confidential()
    await livesOn(await token('Ada'), 'Ada')
    for (let times = 0; times < 3; times += 1) {
      let deleted = 0
      const isLast = (command: string) => {
        if (command === 'DeleteItem') deleted += 1
        return deleted > 2
      }
      await stage.cutOff(isLast, 'purge', '--client', client_id, '--registration', '--yes')
    }
    expect(await purge(client_id, '--registration', '--yes')).toMatchObject({ left: [] })
    expect([...(await everything()).values()].filter((item) => JSON.stringify(item).includes(client_id))).toEqual([])
  })

  it('reports data that arrived meanwhile, and removes it at the next run', async () => {
    const { client_id } = await stage.register()
    await upload(await stage.token(client_id), { time: 1, of: 'early' })
    let late: Promise<void> | undefined
    let arrived = false
    const comesIn = async () => {
      expect(await upload(await stage.token(client_id), { time: 2, of: 'late', box: 'late' })).toBe(200)
      arrived = true
    }
    stage.database.plan = (command, body) => {
      if (command === 'DeleteItem' && body.includes('measurements')) late ??= comesIn()
      // The second scan starts with items that cannot be found by key.
      return command === 'Scan' && late && !arrived ? 'throttled' : undefined
    }
    const { code, stdout, stderr } = await stage.command('purge', '--client', client_id, '--yes', '--json')
    await late
    expect(code).toBe(1)
    expect(counts(JSON.parse(stdout).left)).toEqual([
      ['catalog', null, 2, 0],
      ['measurements', 'late', 1, 1],
      ['tokens', null, 1, 0],
    ])
    expect(stderr).toContain('New data arrived during the purge: run it again.\\n')
    expect(await purge(client_id, '--yes')).toMatchObject({ left: [] })
    expect([...(await everything()).keys()].filter((key) => key.includes(client_id))).toEqual([`clients ${client_id}`])
  })

  it('lets the next import start again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-purge-'))
    const path = join(folder, 'co2.sqlite')
    const database = new DatabaseSync(path)
    database.exec("CREATE TABLE data (time_upload_utc, n); INSERT INTO data VALUES ('2020-05-03 12:00:00+00:00', 1)")
    database.close()
    const { client_id } = await stage.register()
    const imported = () => stage.json('import', 'co2logserver', path, '--client', client_id)
    expect(await imported()).toMatchObject({ blocks_new: 1 })
    expect(counts((await purge(client_id, '--yes')).parts)).toEqual([
      ['catalog', null, 2, 0],
      ['imports', null, 1, 0],
      ['measurements', 'default', 1, 1],
    ])
    expect(await imported()).toMatchObject({ blocks_new: 1, blocks_there: 0 })
    rmSync(folder, { recursive: true })
  })

  it('reports invalid options and unknown clients', async () => {
    const failure = (stderr: string) => ({ code: 1, stdout: '', stderr: `${stderr}\n` })
    const usageError = (stderr: string) => ({ code: 2, stdout: '', stderr: `${stderr}\n` })
    const { client_id } = await stage.register()
    expect(await stage.command('purge', '--client', client_id, '--participant', 'Ada', '--registration')).toEqual(
      usageError('A participant has no registration: omit --registration or --participant.'),
    )
    expect(await stage.command('purge', '--client', client_id, '--participant', '')).toEqual(
      usageError('--participant must not be empty.'),
    )
    expect(await stage.command('purge', '--client', 'x')).toEqual(
      failure('There is no such client: clients list shows all of them.'),
    )
    expect((await stage.command('purge')).stderr).toContain("Required option '--client <client>' not specified")
  })
})
