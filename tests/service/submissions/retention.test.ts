// @module-tag local-only
// It reads the table, and purges with the command line.
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { itemOf, PHOTO, sendFile } from '../../support/files.ts'
import { type Stage, startStage } from '../../support/stage.ts'
import { accepted, formOf, submit } from '../../support/submissions.ts'

const DAYS = 30
const DAY_MS = 86_400_000

let stage: Stage
let client: string
let start: number
beforeAll(async () => {
  stage = await startStage({ RETENTION_DAYS_SUBMISSIONS: String(DAYS) })
})
afterAll(() => stage.stop())
beforeEach(async () => {
  start = Date.now()
  client = (await stage.register({ scope: 'upload download delete' })).client_id
})
afterEach(() => {
  vi.useRealTimers()
})
const onDay = (day: number) => vi.useFakeTimers({ toFake: ['Date'], now: start + day * DAY_MS })

/** Submits a document with an Idempotency-Key, so that a repeat has the same id. */
const send = async (text: string, key = text) =>
  accepted(
    await submit(stage, formOf({ auth_token: await stage.token(client), responses: text }), { 'idempotency-key': key }),
  )
const ids = async () => {
  const answer = await stage.asAdmin(`/submissions?client_id=${client}`)
  return z
    .object({ submissions: z.array(z.looseObject({ id: z.string() })) })
    .parse(await answer.json())
    .submissions.map((submission) => {
      expect(submission).not.toHaveProperty('expires_at')
      return submission.id
    })
}
const contentOf = async (id: string) => {
  const answer = await stage.asAdmin(`/submissions/${id}/responses`)
  return answer.status === 200 ? answer.text() : answer.status
}
/** The items of a submission, with `expires_at` in days from the start. */
async function items(id: string) {
  const input = { TableName: stage.table('submissions'), ConsistentRead: true }
  const { Items = [] } = await stage.tables.send(new ScanCommand(input))
  return Items.filter(({ submission }) => submission?.S === id).map(({ piece, expires_at }) => [
    piece?.S?.split('#')[0],
    Math.round((Number(expires_at?.N) * 1000 - start) / DAY_MS),
  ])
}

it('a submission expires before its contents, and is not returned after that', async () => {
  const { id } = await send('{"a":1}')
  expect((await items(id)).toSorted()).toEqual([
    ['chunk', DAYS + 1],
    ['manifest', DAYS],
  ])
  onDay(DAYS - 0.01)
  expect(await ids()).toEqual([id])
  expect(await contentOf(id)).toBe('{"a":1}')
  onDay(DAYS + 0.01)
  expect(await ids()).toEqual([])
  expect(await contentOf(id)).toBe(404)
  expect((await stage.asAdmin(`/submissions/${id}`)).status).toBe(404)
  expect((await stage.asAdmin(`/submissions/${id}`, { method: 'DELETE' })).status).toBe(404)
})

it('an expired submission can be submitted again, also with other contents', async () => {
  const { id } = await send('{"a":1}', 'one key')
  onDay(DAYS + 0.01)
  expect((await send('{"a":2}', 'one key')).id).toBe(id)
  expect(await ids()).toEqual([id])
  expect(await contentOf(id)).toBe('{"a":2}')
})

it('a submission that a retry completes expires before the contents that an earlier attempt has stored', async () => {
  const body = formOf({ auth_token: await stage.token(client), responses: '{"a":3}' })
  stage.database.plan = (command, text) =>
    command === 'PutItem' && text.includes('{"S":"manifest"}') ? 'failing' : undefined
  expect((await submit(stage, body)).status).toBe(503)
  stage.database.plan = () => undefined
  process.env['RETENTION_DAYS_SUBMISSIONS'] = '90'
  await stage.anotherContainer()
  onDay(2 / 1_440)
  const { id } = await accepted(await submit(stage, body))
  process.env['RETENTION_DAYS_SUBMISSIONS'] = String(DAYS)
  await stage.anotherContainer()
  expect((await items(id)).toSorted()).toEqual([
    ['chunk', DAYS + 1],
    ['manifest', DAYS],
  ])
})

it('the large file of an expired submission is removed a day later', async () => {
  const token = await stage.token(client)
  const upload = await sendFile(stage, token, PHOTO, Buffer.from('a photo'))
  await stage.settled()
  const form = formOf({ auth_token: token })
  form.append('upload', upload)
  const { id } = await accepted(await submit(stage, form))
  for (const day of [0.1, DAYS - 0.01, DAYS + 0.5]) {
    onDay(day)
    await stage.runScheduled('process-files.mjs')
    expect(await itemOf(upload)).toMatchObject({ submitted: true })
  }
  expect((await stage.asAdmin(`/submissions/${id}/1`)).status).toBe(404)
  onDay(DAYS + 1.01)
  await stage.runScheduled('process-files.mjs')
  expect(await itemOf(upload)).toBeUndefined()
  expect(await stage.bucket.store.list(`submissions/${upload}`)).toEqual([])
})

it('a purge removes expired submissions that DynamoDB has not deleted', async () => {
  const { id } = await send('{"a":1}')
  onDay(DAYS + 0.01)
  const { parts } = await stage.json('purge', '--client', client, '--yes')
  expect(parts).toContainEqual(expect.objectContaining({ kind: 'submissions', items: 1 }))
  expect(await items(id)).toEqual([])
})

it('without the setting, nothing expires', async () => {
  process.env['RETENTION_DAYS_SUBMISSIONS'] = ''
  await stage.anotherContainer()
  const { id } = await send('{"a":1}')
  expect(await items(id)).toContainEqual(['manifest', Number.NaN])
  onDay(36_000)
  expect(await contentOf(id)).toBe('{"a":1}')
})
