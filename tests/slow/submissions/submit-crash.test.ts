// @module-tag local-only
// It needs hundreds of uploads that fail.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../support/database.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { accepted, contentOf, formOf, piecesOf, submissionsOf, submit } from '../../support/submissions.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

/** What a crash between chunks leaves does not depend on their size. */
const CHUNK_BYTES = vi.hoisted(() => 1_000)
vi.mock(import('../../../lib/submissions/limits.ts'), async (importOriginal) => ({
  ...(await importOriginal()),
  CHUNK_BYTES,
}))

vi.mock(import('../../../lib/dynamodb/shards.ts'), () => import('../../support/few-shards.ts'))

/** A crash leaves a complete submission or none, a retry completes it, and a clean-up deletes the rest. */
let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download delete' })).client_id
  token = await latchkey.token(clientId)
})
afterEach(async () => {
  vi.useRealTimers()
  allIsWell()
  latchkey.setRemainingTime(29_000)
  // Every test starts with an empty table.
  for (const { id } of await submissionsOf(latchkey, clientId)) await remove(id)
  await tidyAfter(11)
  expect((await piecesOf(latchkey)).there).toEqual([])
})

const allIsWell = () => {
  latchkey.database.plan = () => undefined
}
/** Random bytes that fill this number of chunks. */
const content = (chunks = 1) => randomBytes((chunks - 1) * CHUNK_BYTES + 1)
const send = (bytes: Uint8Array<ArrayBuffer>) =>
  submit(latchkey, formOf({ auth_token: token, files: [['a.bin', bytes]] }))
const remove = (id: string) =>
  latchkey.call(`/submissions/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
const idsListed = async () => (await submissionsOf(latchkey, clientId)).map(({ id }) => id)

/** Runs the clean-up as if this number of minutes had passed. */
async function tidyAfter(minutes: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 })
  try {
    await latchkey.runScheduled('clean-up-submissions.mjs')
  } finally {
    vi.useRealTimers()
  }
}

/** Breaks the n-th new command and its retries; `andAll` breaks all later ones too, `once` exempts retries. */
function breakAt(n: number, fault: Fault, { andAll = false, once = false } = {}): () => number {
  const seen: string[] = []
  latchkey.database.plan = (command, body) => {
    const known = seen.indexOf(command + body)
    if (known < 0) seen.push(command + body)
    const number = (known < 0 ? seen.length - 1 : known) + 1
    return (number === n && !(once && known >= 0)) || (andAll && number > n) ? fault : undefined
  }
  return () => seen.length
}
const WAYS: { fault: Fault; how: string; andAll?: boolean; once?: boolean }[] = [
  { fault: 'failing', how: 'once', once: true },
  { fault: 'throttled', how: 'once', once: true },
  { fault: 'answer lost', how: 'once', once: true },
  { fault: 'failing', how: 'repeatedly' },
  { fault: 'answer lost', how: 'repeatedly' },
  { fault: 'never arrives', how: 'repeatedly' },
  { fault: 'failing', how: 'and all later commands', andAll: true },
  { fault: 'answer lost', how: 'and all later commands', andAll: true },
]

/** Expects that all visible submissions are complete and among these. */
async function nothingIsHalf(whole: ReadonlyMap<string, Uint8Array>) {
  for (const id of await idsListed())
    expect((await contentOf(latchkey, id, 1)).equals(whole.get(id) ?? Buffer.of())).toBe(true)
  const { there, named } = await piecesOf(latchkey)
  expect(there).toEqual(expect.arrayContaining(named))
}
const nothingIsTooMany = async () => {
  const { there, named } = await piecesOf(latchkey)
  expect(there).toEqual(named)
}

/** Number of commands: token and client, manifest, attempts, attempt, chunks, manifest, attempt. */
const commandsOf = (chunks = 1) => 6 + chunks
/** Token and client, manifest, attempt, manifest, chunks, attempt. */
const removalCommandsOf = (chunks = 1) => 5 + chunks

describe('a submission with a failing command', () => {
  it('sends a known number of commands', async () => {
    const count = breakAt(0, undefined)
    const { id } = await accepted(await send(content(3)))
    expect(count()).toBe(commandsOf(3))
    const removal = breakAt(0, undefined)
    expect((await remove(id)).status).toBe(204)
    expect(removal()).toBe(removalCommandsOf(3))
  })

  it.each(WAYS)('($fault, $how) returns 503 or 200, and exists once after a retry', async ({ fault, ...way }) => {
    const chunks = way.andAll ? 2 : 1
    for (let n = 2; n <= commandsOf(chunks); n += 1) {
      const bytes = content(chunks)
      breakAt(n, fault, way)
      const answer = await send(bytes)
      allIsWell()
      expect(answer.status).toBeOneOf(way.once ? [200] : [200, 503])
      if (answer.status === 503) expect(answer.headers.get('retry-after')).toBe('5')
      // Deleting the attempt is the last command, and its failure does not matter to the caller.
      if (n === commandsOf(chunks)) expect(answer.status).toBe(200)
      if (answer.status === 200) expect(await idsListed()).toHaveLength(1)
      if (n % 2 === 0) await tidyAfter(11)
      const { id } = answer.status === 200 ? await accepted(answer) : await accepted(await send(bytes))
      expect(await accepted(await send(bytes))).toEqual({ status: 'accepted', id })
      await nothingIsHalf(new Map([[id, bytes]]))
      expect(await idsListed()).toEqual([id])
      await tidyAfter(11)
      await nothingIsTooMany()
      await nothingIsHalf(new Map([[id, bytes]]))
      expect(await idsListed()).toEqual([id])
      expect((await remove(id)).status).toBe(204)
    }
  })

  it('is not visible, and a clean-up deletes its chunks', async () => {
    for (let n = 3; n < commandsOf(); n += 1) {
      breakAt(n, 'failing', { andAll: true })
      expect((await send(content())).status).toBe(503)
      allIsWell()
      expect(await idsListed()).toEqual([])
    }
    expect((await piecesOf(latchkey)).there).not.toEqual([])
    await tidyAfter(11)
    expect((await piecesOf(latchkey)).there).toEqual([])
  })

  it('times out with 503 if the database does not respond', async () => {
    setTimeBudgets({ requestReserveMs: 1_500 })
    for (let n = 3; n < commandsOf(); n += 1) {
      latchkey.setRemainingTime(2_000)
      breakAt(n, 'never answered')
      const bytes = content()
      expect((await send(bytes)).status).toBe(503)
      allIsWell()
      latchkey.setRemainingTime(29_000)
      expect(await idsListed()).toEqual([])
      const { id } = await accepted(await send(bytes))
      await nothingIsHalf(new Map([[id, bytes]]))
      await remove(id)
    }
  })

  it('stores nothing if too little time is left', async () => {
    latchkey.setRemainingTime(6_000)
    expect((await send(content())).status).toBe(503)
    const { there } = await piecesOf(latchkey)
    expect(there.filter((piece) => !piece.includes(' attempt#'))).toEqual([])
  })
})

describe('a retry that continues an attempt, with a failing command', () => {
  /** Token and client, manifest, attempts, attempt, one chunk that is found and one that is not, a chunk, manifest, attempt. */
  const RETRY_COMMANDS = 9
  /** Stores the first of two chunks, and fails. */
  async function sendHalf(bytes: Uint8Array<ArrayBuffer>) {
    latchkey.database.plan = (command, body) =>
      command === 'PutItem' && /"chunk#[^"]+#0001"/.test(body) ? 'failing' : undefined
    expect((await send(bytes)).status).toBe(503)
  }

  it('sends a known number of commands', async () => {
    const bytes = content(2)
    await sendHalf(bytes)
    const count = breakAt(0, undefined)
    await accepted(await send(bytes))
    expect(count()).toBe(RETRY_COMMANDS)
  })

  it.each(WAYS)('($fault, $how) returns 503 or 200, and another retry completes it', async ({ fault, ...way }) => {
    for (let n = 2; n <= RETRY_COMMANDS; n += 1) {
      const bytes = content(2)
      await sendHalf(bytes)
      breakAt(n, fault, way)
      const answer = await send(bytes)
      allIsWell()
      expect(answer.status).toBeOneOf(way.once ? [200] : [200, 503])
      if (answer.status === 200) expect(await idsListed()).toHaveLength(1)
      const { id } = await accepted(answer.status === 200 ? answer : await send(bytes))
      expect(await accepted(await send(bytes))).toEqual({ status: 'accepted', id })
      const whole = new Map([[id, bytes]])
      await nothingIsHalf(whole)
      await tidyAfter(11)
      await nothingIsTooMany()
      await nothingIsHalf(whole)
      expect(await idsListed()).toEqual([id])
      expect((await remove(id)).status).toBe(204)
      expect((await piecesOf(latchkey)).there).toEqual([])
    }
  })
})

describe('a removal with a failing command', () => {
  it.each(WAYS)(
    '($fault, $how) removes all or nothing visible, and a retry completes it',
    async ({ fault, ...way }) => {
      const chunks = way.andAll ? 2 : 1
      for (let n = 2; n <= removalCommandsOf(chunks); n += 1) {
        const bytes = content(chunks)
        const { id } = await accepted(await send(bytes))
        breakAt(n, fault, way)
        const { status } = await remove(id)
        allIsWell()
        expect(status).toBeOneOf(way.once ? [204] : [204, 503])
        // After the manifest is deleted, a failure does not matter to the caller.
        if (n > 4) expect(status).toBe(204)
        const left = await idsListed()
        expect(left).toEqual(left.length > 0 && status === 503 ? [id] : [])
        await nothingIsHalf(new Map([[id, bytes]]))
        if (left.length === 0) {
          for (const path of ['', '/1']) expect((await latchkey.asAdmin(`/submissions/${id}${path}`)).status).toBe(404)
        }
        expect((await remove(id)).status).toBe(left.length > 0 ? 204 : 404)
        expect(await idsListed()).toEqual([])
        if (n % 2 === 0) await tidyAfter(11)
        expect((await accepted(await send(bytes))).id).toBe(id)
        await tidyAfter(11)
        await nothingIsHalf(new Map([[id, bytes]]))
        await nothingIsTooMany()
        expect(await idsListed()).toEqual([id])
        await remove(id)
      }
    },
  )
})

describe('the remains of failed requests', () => {
  /** Leaves chunks without a manifest, a stored submission with its attempt, and half of a removal. */
  async function leaveBehind(): Promise<Map<string, Uint8Array>> {
    breakAt(commandsOf() - 1, 'failing', { andAll: true })
    await send(content())
    breakAt(commandsOf(), 'failing')
    const bytes = content()
    const { id } = await accepted(await send(bytes))
    allIsWell()
    const removed = await accepted(await send(content()))
    breakAt(removalCommandsOf() - 1, 'failing', { andAll: true })
    await remove(removed.id)
    allIsWell()
    return new Map([[id, bytes]])
  }

  it('stay for ten minutes, because a request may still be running', async () => {
    const whole = await leaveBehind()
    const { there } = await piecesOf(latchkey)
    await tidyAfter(9.9)
    expect((await piecesOf(latchkey)).there).toEqual(there)
    await tidyAfter(10.1)
    await nothingIsTooMany()
    await nothingIsHalf(whole)
    expect(await idsListed()).toEqual([...whole.keys()])
  })

  it('are deleted by a later clean-up after a failure at any command', async () => {
    // Queries of three lists, four commands for each of two incomplete submissions, and two for the stored one.
    for (let n = 1; n <= 13; n += 1) {
      const whole = await leaveBehind()
      breakAt(n, 'failing', { andAll: true })
      await expect(tidyAfter(11)).rejects.toThrow('repeat it')
      allIsWell()
      await nothingIsHalf(whole)
      await tidyAfter(11)
      await nothingIsTooMany()
      await nothingIsHalf(whole)
      expect(await idsListed()).toEqual([...whole.keys()])
      for (const id of whole.keys()) await remove(id)
    }
  })

  it('are deleted by the next clean-up when the time is up', async () => {
    await leaveBehind()
    const { there } = await piecesOf(latchkey)
    let queries = 0
    latchkey.database.plan = (command) => {
      if (command === 'Query') queries += 1
      // The first queries read all parts of the list at once.
      if (queries === 1) vi.setSystemTime(Date.now() + 49_000)
      return undefined
    }
    await tidyAfter(11)
    expect((await piecesOf(latchkey)).there).toEqual(there)
    allIsWell()
    await tidyAfter(11)
    await nothingIsTooMany()
  })
})
