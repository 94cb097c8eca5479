// @module-tag local-only
// The command line works on tables and parameters of its own.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { DataOwner } from '../../../lib/core/caller.ts'
import { describeSubmission } from '../../../lib/submissions/submission.ts'
import {
  completeFile,
  createFile,
  deleteFile,
  fileOf,
  itemOf,
  PHOTO,
  sendFile,
  sendParts,
} from '../../support/files.ts'
import { began, delivery, statusEvent } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { shared } from '../../support/shares.ts'
import { accepted, formOf, submissionsOf, submit } from '../../support/submissions.ts'

let latchkey: Latchkey
let purge: typeof import('../../../cli/support/purge-items.ts')
let submissions: typeof import('../../../lib/submissions/store-admin.ts')
let store: typeof import('../../../lib/submissions/store.ts')
let contents: typeof import('../../../lib/submissions/contents.ts')
let owned: typeof import('../../../lib/dynamodb/purge-items.ts')
beforeAll(async () => {
  latchkey = await startLatchkey()
  vi.resetModules()
  purge = await import('../../../cli/support/purge-items.ts')
  submissions = await import('../../../lib/submissions/store-admin.ts')
  store = await import('../../../lib/submissions/store.ts')
  contents = await import('../../../lib/submissions/contents.ts')
  owned = await import('../../../lib/dynamodb/purge-items.ts')
})
afterAll(() => latchkey.stop())

async function found(owner: DataOwner, remove = false, registration = false) {
  const all = await purge.findPurgeItems(owner, registration)
  const parts = (await purge.gatherItems(all, remove, () => undefined)).parts()
  return Object.fromEntries(parts.map(({ kind, source, items }) => [source ? `${kind} ${source}` : kind, items]))
}

/** A client with data of all kinds, stored with a token of a participant. */
async function filled(participant_id: string) {
  const { client_id } = await latchkey.register({
    scope: 'upload start',
    checksum_salt: `a long salt of ${participant_id}`,
  })
  const token = await latchkey.token(client_id, { participant_id })
  for (const box of ['', 'one', 'two']) await latchkey.upload(token, JSON.stringify({ time: 1, box }))
  await accepted(await submit(latchkey, formOf({ auth_token: token, responses: '[]' })))
  await sendFile(latchkey, token, PHOTO, Buffer.from('a photo'))
  await latchkey.settled()
  await shared(latchkey, latchkey.adminToken, { client_id, participant_id, series: ['one'] })
  const code = { participant_id, code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' }
  await latchkey.call(`/token?${new URLSearchParams({ client_id, ...code })}`)
  const session = await latchkey.call('/start', { headers: { authorization: `Bearer ${token}` } })
  const { interviewId } = JSON.parse(await session.text())
  await latchkey.call('/webhook', delivery(statusEvent(interviewId)))
  return { client_id, token }
}

describe('files of a client', () => {
  it('are removed, also one that is being processed, whose content the schedule deletes again', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    latchkey.bucket.plan = (operation) => (operation === 'CompleteMultipartUpload' ? 'failing' : undefined)
    const processing = await sendFile(latchkey, token, PHOTO, Buffer.from('a photo'))
    await latchkey.settled()
    latchkey.bucket.plan = () => undefined
    const stored = await sendFile(latchkey, token, PHOTO, Buffer.from('another'))
    await latchkey.settled()
    expect(await found({ clientId: client_id }, true)).toMatchObject({ files: 2 })
    expect(await found({ clientId: client_id })).not.toHaveProperty('files')
    expect(await itemOf(stored)).toBeUndefined()
    expect(await itemOf(processing)).toMatchObject({ state: 'removing' })
    for (const id of [processing, stored]) expect(await latchkey.bucket.store.list(`submissions/${id}`)).toEqual([])
    for (const minutes of [0, 5]) {
      vi.setSystemTime(Date.now() + minutes * 60_000)
      await latchkey.runScheduled('process-files.mjs')
    }
    vi.useRealTimers()
    for (const id of [processing, stored]) {
      expect(await itemOf(id)).toBeUndefined()
      expect(await latchkey.bucket.store.list(`submissions/${id}`)).toEqual([])
    }
  })
})

describe('a file', () => {
  it('that changes during a purge is found by the next one, and one that is gone is not', async () => {
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    const content = Buffer.from('a photo')
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: content.length }), 201)
    const { ownedFiles } = await import('../../../lib/files/store-admin.ts')
    const [waiting] = await Array.fromAsync(ownedFiles({ clientId: client_id }))
    await sendParts(created, content)
    await completeFile(latchkey, token, created.id)
    await latchkey.settled()
    await waiting?.remove()
    expect(await itemOf(created.id)).toMatchObject({ state: 'stored' })
    const [one, other] = [
      await Array.fromAsync(ownedFiles({ clientId: client_id })),
      await Array.fromAsync(ownedFiles({ clientId: client_id })),
    ]
    await one[0]?.remove()
    await other[0]?.remove()
    expect(await itemOf(created.id)).toBeUndefined()
  })

  it('that its owner has just deleted is removed too', async () => {
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    const id = await sendFile(latchkey, token, PHOTO, Buffer.from('a photo'))
    await latchkey.settled()
    latchkey.bucket.plan = (operation) => (operation === 'DeleteObject' ? 'failing' : undefined)
    await deleteFile(latchkey, token, id)
    await latchkey.settled()
    latchkey.bucket.plan = () => undefined
    expect(await found({ clientId: client_id }, true)).toMatchObject({ files: 1 })
    expect(await latchkey.bucket.store.list(`submissions/${id}`)).toEqual([])
    expect(await found({ clientId: client_id })).not.toHaveProperty('files')
  })
})

describe('data of a client', () => {
  it('is found completely, and is not found after its removal', async () => {
    await began(latchkey)
    const { client_id } = await filled('Ada')
    const all = {
      ...{ catalog: 4, codes: 1, events: 1, files: 1, 'identity sessions': 3, shares: 2, submissions: 1, tokens: 1 },
      ...{ 'measurements Ada': 1, 'measurements Ada/one': 1, 'measurements Ada/two': 1 },
    }
    expect(await found({ clientId: client_id })).toEqual(all)
    expect(await found({ clientId: client_id }, false, true)).toEqual({ ...all, registration: 1, salts: 1 })
    expect(await found({ clientId: client_id }, true, true)).toEqual({ ...all, registration: 1, salts: 1 })
    expect(await found({ clientId: client_id }, false, true)).toEqual({})
  })

  it('is the same for its only participant, except data without a single owner', async () => {
    const { client_id, token } = await filled('Bob')
    const bob = { clientId: client_id, participant: 'Bob' }
    expect(await found({ clientId: client_id, participant: 'Ada' }, true)).toEqual({})
    await latchkey.upload(await latchkey.token(client_id), JSON.stringify({ time: 2, box: 'two' }))
    expect(await found(bob)).toEqual({
      ...{ catalog: 3, codes: 1, events: 1, files: 1, 'identity sessions': 3, shares: 2, submissions: 1, tokens: 1 },
      ...{ 'measurements Bob': 1, 'measurements Bob/one': 1, 'measurements Bob/two': 1 },
    })
    await found(bob, true)
    expect(await found(bob)).toEqual({})
    expect((await latchkey.rows(client_id)).map(({ box }) => box)).toEqual(['two'])
    expect((await latchkey.upload(token, '{"a":1}')).status).toBe(401)
  })

  it('leaves shares of the client itself, and of other participants', async () => {
    const { client_id } = await filled('Cleo')
    await latchkey.upload(await latchkey.token(client_id), JSON.stringify({ time: 2, box: 'own' }))
    const { share_id } = await shared(latchkey, latchkey.adminToken, { client_id, series: ['own'] })
    await found({ clientId: client_id, participant: 'Cleo' }, true)
    await found({ clientId: client_id, participant: 'Dan' }, true)
    const list = await latchkey.asAdmin(`/shares?client_id=${client_id}`)
    expect(await list.json()).toMatchObject({ shares: [{ share_id }] })
  })

  it('does not remove the catalog entry of a series that received rows meanwhile', async () => {
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    await latchkey.upload(token, JSON.stringify({ time: 1 }))
    const steps = await purge.findPurgeItems({ clientId: client_id }, false)
    let late: Promise<Response> | undefined
    latchkey.database.plan = (command, body) => {
      if (command === 'DeleteItem' && body.includes(`${client_id}#default`)) {
        late ??= latchkey.token(client_id).then((fresh) => latchkey.upload(fresh, JSON.stringify({ time: 2 })))
      }
      return undefined
    }
    await purge.gatherItems(steps.slice(0, -3), true, () => undefined)
    latchkey.database.plan = () => undefined
    expect((await late)?.status).toBe(200)
    await purge.gatherItems(steps.slice(-3), true, () => undefined)
    expect((await latchkey.rows(client_id)).map(({ time }) => time)).toEqual([2])
  })
})

it('finds submissions on every page', async () => {
  const { client_id } = await latchkey.register()
  const token = await latchkey.token(client_id)
  for (let n = 0; n < 5; n += 1)
    await accepted(await submit(latchkey, formOf({ auth_token: token, responses: `${n}` })))
  const keys: string[] = []
  for await (const item of submissions.ownedSubmissions({ clientId: client_id }, 2)) {
    keys.push(item.key)
    await item.remove()
    // A concurrent purge may have removed it.
    await item.remove()
  }
  expect(new Set(keys).size).toBe(5)
  expect(await submissionsOf(latchkey, client_id)).toEqual([])
})

describe('an unfinished submission', () => {
  const FAR_MS = 61_000
  const notes = (body: string) => body.includes('"attempt#')
  const items = async (clientId: string, participant?: string) =>
    Array.fromAsync(submissions.ownedUnfinishedSubmissions({ clientId, participant }))

  it('is found by owner, and removed once it can no longer complete', async () => {
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id, { participant_id: 'Cleo' })
    latchkey.database.plan = (command, body) =>
      command === 'PutItem' && body.includes('"manifest"') ? 'failing' : undefined
    expect((await submit(latchkey, formOf({ auth_token: token, responses: '[1]' }))).status).toBe(503)
    latchkey.database.plan = () => undefined
    expect(await items('another')).toEqual([])
    expect(await items(client_id, 'Dora')).toEqual([])
    const [young] = await items(client_id, 'Cleo')
    await young?.remove()
    expect(await items(client_id)).toMatchObject([{ kind: 'unfinished submissions', bytes: 400_000 }])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + FAR_MS })
    const [old] = await items(client_id, 'Cleo')
    await old?.remove()
    vi.useRealTimers()
    expect(await items(client_id)).toEqual([])
  })

  it.each([
    ['is not stored if its contents were removed meanwhile', true],
    ['is stored if no purge removed it', false],
  ])('of a delayed import %s', async (_what, cleared) => {
    const { client_id } = await latchkey.register()
    const content = Buffer.from(client_id)
    const file = { name: 'a', type: 'text/plain', content }
    const described = describeSubmission({ files: [file] }, { clientId: client_id }, { key: 'k' }, Date.now())
    latchkey.database.plan = async (command, body) => {
      if (command !== 'PutItem' || !body.includes('"chunk#') || vi.isFakeTimers()) return undefined
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + FAR_MS })
      if (cleared) for (const item of await items(client_id)) await item.remove()
      return undefined
    }
    const importFile = () =>
      store.storeSubmission(described, content, { deadline: Date.now() + 600_000, isImport: true })
    const stored = importFile()
    if (cleared) await expect(stored).rejects.toMatchObject({ code: 'storage_unavailable' })
    else expect(await stored).toBe(true)
    latchkey.database.plan = () => undefined
    vi.useRealTimers()
    expect(await submissionsOf(latchkey, client_id)).toHaveLength(cleared ? 0 : 1)
    expect(await importFile()).toBe(cleared)
    const manifest = await store.findManifest(described.id)
    expect(manifest && (await contents.readContents(manifest, 0, content.length))?.equals(content)).toBe(true)
  })

  it('that was stored is removed only after its attempt expires', async () => {
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    latchkey.database.plan = (command, body) => (command === 'DeleteItem' && notes(body) ? 'failing' : undefined)
    await accepted(await submit(latchkey, formOf({ auth_token: token, responses: '[2]' })))
    let refused = 0
    latchkey.database.plan = (command, body) => {
      // The attempt is too recent until the second check.
      if (command === 'PutItem' && notes(body)) refused += 1
      if (refused === 1) vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + FAR_MS })
      return undefined
    }
    const [item] = await Array.fromAsync(submissions.ownedSubmissions({ clientId: client_id }))
    await item?.remove()
    latchkey.database.plan = () => undefined
    vi.useRealTimers()
    expect(refused).toBe(2)
    expect(await submissionsOf(latchkey, client_id)).toEqual([])
    expect(await items(client_id)).toEqual([])
  })
})

it('estimates the size of an item as DynamoDB does', () => {
  expect(owned.itemBytes({ id: { S: 'ä' }, n: { N: '123' }, yes: { BOOL: true }, no: { NULL: true } })).toBe(
    2 + 2 + 1 + 3 + 3 + 1 + 2 + 1,
  )
  expect(owned.itemBytes({ l: { L: [{ N: '1' }, { S: 'ab' }] }, m: { M: { a: { S: 'b' } } } })).toBe(
    1 + 3 + (1 + 2) + (1 + 2) + 1 + 3 + 2,
  )
  expect(owned.itemBytes({ s: { SS: ['ab', 'c'] }, n: { NS: ['12'] }, b: { B: Uint8Array.of(1, 2) } })).toBe(
    1 + 4 + 1 + 3 + 1 + 2,
  )
})
