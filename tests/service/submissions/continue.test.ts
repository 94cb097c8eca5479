// @module-tag local-only
// It needs a database that fails, and moves the clock.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { accepted, contentOf, formOf, piecesOf, submissionsOf, submit } from '../../support/submissions.ts'

const CHUNK_BYTES = 400_000
const MINUTE_MS = 60_000

let latchkey: Latchkey
let admin: typeof import('../../../lib/submissions/store-admin.ts')
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  admin = await import('../../../lib/submissions/store-admin.ts')
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download delete' })).client_id
  token = await latchkey.token(clientId, { participant_id: 'Ada' })
})
afterEach(async () => {
  allIsWell()
  vi.useRealTimers()
  later(15)
  await latchkey.runScheduled('clean-up-submissions.mjs')
  const { there, named } = await piecesOf(latchkey)
  expect(there).toEqual(named)
  vi.useRealTimers()
})

const allIsWell = () => {
  latchkey.database.plan = () => undefined
}
const later = (minutes: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * MINUTE_MS })
const content = (chunks = 3) => randomBytes(chunks * CHUNK_BYTES)
const send = (bytes: Uint8Array<ArrayBuffer>, key?: string) =>
  submit(latchkey, formOf({ auth_token: token, files: [['a.bin', bytes]] }), key ? { 'idempotency-key': key } : {})
const pieceOf = (body: string) => /"piece":\{"S":"([^"]+)/.exec(body)?.[1] ?? ''
/** A write of an attempt that depends on what was read. */
const isReplaced = (body: string) => body.includes(':read')
const isChunk = (body: string, number: number) => new RegExp(`^chunk#.*#000${number}$`).test(pieceOf(body))

/** Sends a submission, of which some chunks cannot be written. `crash`: its call does not end its attempt either. */
async function sendInterrupted(
  bytes: Uint8Array<ArrayBuffer>,
  { failing = [1], crash = false, key = '' }: { failing?: number[]; crash?: boolean; key?: string } = {},
) {
  latchkey.database.plan = (command, body) => {
    if (command !== 'PutItem') return undefined
    return failing.some((number) => isChunk(body, number)) || (crash && isReplaced(body)) ? 'failing' : undefined
  }
  expect((await send(bytes, key)).status).toBe(503)
  allIsWell()
}

/** Records the chunks that later commands write. */
function recordChunks(): number[] {
  const written: number[] = []
  latchkey.database.plan = (command, body) => {
    if (command === 'PutItem' && pieceOf(body).startsWith('chunk#')) written.push(Number(pieceOf(body).slice(-4)))
    return undefined
  }
  return written
}

const idsListed = async () => (await submissionsOf(latchkey, clientId)).map(({ id }) => id)
const isWhole = async (id: string, bytes: Uint8Array) => (await contentOf(latchkey, id, 1)).equals(bytes)
/** Removes what a purge of this client would remove of attempts. */
async function purgeAttempts(): Promise<void> {
  for await (const attempt of admin.ownedUnfinishedSubmissions({ clientId })) await attempt.remove()
}

describe('a retry of a submission', () => {
  it('writes only the missing chunks', async () => {
    const bytes = content()
    await sendInterrupted(bytes)
    const written = recordChunks()
    const { id } = await accepted(await send(bytes))
    expect(written).toEqual([1])
    expect(await idsListed()).toEqual([id])
    expect(await isWhole(id, bytes)).toBe(true)
  })

  it('continues also an attempt that was continued before', async () => {
    const bytes = content()
    await sendInterrupted(bytes, { failing: [0, 2] })
    await sendInterrupted(bytes, { failing: [2] })
    const written = recordChunks()
    const { id } = await accepted(await send(bytes))
    expect(written).toEqual([2])
    expect(await isWhole(id, bytes)).toBe(true)
  })

  it.each([
    [0.9, [0, 1, 2]],
    [1.1, [1]],
  ])('%d minutes after a call that crashed writes the chunks %j', async (minutes, expected) => {
    const bytes = content()
    await sendInterrupted(bytes, { crash: true })
    later(minutes)
    const written = recordChunks()
    const { id } = await accepted(await send(bytes))
    expect(written.toSorted()).toEqual(expected)
    expect(await isWhole(id, bytes)).toBe(true)
  })

  it('has the time of the first attempt, and one entry in the list of the participant', async () => {
    const bytes = content(1)
    latchkey.database.plan = (command, body) =>
      command === 'PutItem' && pieceOf(body) === 'manifest' ? 'failing' : undefined
    const before = new Date().toISOString()
    expect((await send(bytes)).status).toBe(503)
    const after = new Date().toISOString()
    later(2)
    const written = recordChunks()
    await accepted(await send(bytes))
    expect(written).toEqual([])
    const [stored, ...others] = await submissionsOf(latchkey, clientId)
    expect(others).toEqual([])
    expect([before, stored?.received_at, after].toSorted()).toEqual([before, stored?.received_at, after])
    expect(await submissionsOf(latchkey, clientId, '&participant_id=Ada')).toEqual([stored])
  })

  it('continues no attempt of more than five minutes ago', async () => {
    const bytes = content()
    await sendInterrupted(bytes)
    later(5.1)
    const written = recordChunks()
    const { id } = await accepted(await send(bytes))
    expect(written.toSorted()).toEqual([0, 1, 2])
    expect(await isWhole(id, bytes)).toBe(true)
  })

  it('does not continue an attempt with other contents of the same Idempotency-Key', async () => {
    const [first, second] = [content(), content()]
    second.set(first.subarray(0, CHUNK_BYTES))
    await sendInterrupted(first, { key: 'one' })
    const written = recordChunks()
    const { id } = await accepted(await send(second, 'one'))
    expect(written.toSorted()).toEqual([0, 1, 2])
    expect(await isWhole(id, second)).toBe(true)
    expect((await send(first, 'one')).status).toBe(422)
  })
})

describe('concurrent submissions to a table that accepts few writes', () => {
  it('are all stored by their retries, and each chunk is written once', async () => {
    const CHUNKS_PER_ROUND = 2
    const pending = new Set(Array.from({ length: 3 }, () => content(2)))
    const whole = new Map<string, Uint8Array>()
    let [accepts, written] = [0, 0]
    latchkey.database.plan = (command, body) => {
      if (command !== 'PutItem' || !pieceOf(body).startsWith('chunk#')) return undefined
      if (accepts === 0) return 'throttled'
      accepts -= 1
      written += 1
      return undefined
    }
    const sendPending = async (bytes: ReturnType<typeof content>) => {
      const answer = await send(bytes)
      expect(answer.status).toBeOneOf([200, 503])
      if (answer.status === 503 || !pending.delete(bytes)) return
      whole.set((await accepted(answer)).id, bytes)
    }
    let rounds = 0
    for (; pending.size > 0 && rounds < 10; rounds += 1) {
      accepts = CHUNKS_PER_ROUND
      await Promise.all([...pending].map(sendPending))
    }
    expect(rounds).toBe(3)
    expect(written).toBe(6)
    expect((await idsListed()).toSorted()).toEqual([...whole.keys()].toSorted())
    for (const [id, bytes] of whole) expect(await isWhole(id, bytes)).toBe(true)
  })
})

describe('an ended attempt', () => {
  it('is continued by one of two concurrent retries, and the other one survives a removal', async () => {
    const bytes = content()
    await sendInterrupted(bytes)
    // Both have found the attempt before one continues it. The second one stores its manifest after the removal.
    const [both, removed] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    let [found, manifests] = [0, 0]
    latchkey.database.plan = (command, body) => {
      if (command === 'PutItem' && isReplaced(body)) {
        found += 1
        if (found === 2) both.resolve(undefined)
        return both.promise
      }
      if (command !== 'PutItem' || pieceOf(body) !== 'manifest') return undefined
      manifests += 1
      return manifests === 2 ? removed.promise : undefined
    }
    const retries = [send(bytes), send(bytes)]
    const { id } = await accepted(await Promise.race(retries))
    const { status } = await latchkey.call(`/submissions/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    })
    removed.resolve(undefined)
    expect(status).toBe(204)
    expect((await Promise.all(retries)).map((answer) => answer.status)).toEqual([200, 200])
    expect([found, manifests]).toEqual([2, 2])
    expect(await idsListed()).toEqual([id])
    expect(await isWhole(id, bytes)).toBe(true)
  })

  it('is not removed by a purge that has read it before a retry continued it', async () => {
    const bytes = content()
    await sendInterrupted(bytes)
    let id = ''
    latchkey.database.plan = async (command, body) => {
      if (command !== 'PutItem' || !body.includes('"removing"') || id !== '') return undefined
      id = 'being stored'
      id = (await accepted(await send(bytes))).id
      return undefined
    }
    await purgeAttempts()
    expect(await idsListed()).toEqual([id])
    expect(await isWhole(id, bytes)).toBe(true)
  })

  it('is not continued by a retry that has read it before a purge', async () => {
    const bytes = content()
    await sendInterrupted(bytes)
    let isPurged = false
    latchkey.database.plan = async (command, body) => {
      if (command !== 'PutItem' || !isReplaced(body) || isPurged) return undefined
      isPurged = true
      await purgeAttempts()
      return undefined
    }
    const { id } = await accepted(await send(bytes))
    expect(isPurged).toBe(true)
    expect(await isWhole(id, bytes)).toBe(true)
  })

  it('is not continued while a purge removes it', async () => {
    const bytes = content()
    await sendInterrupted(bytes)
    latchkey.database.plan = (command, body) => (command === 'DeleteItem' && isChunk(body, 2) ? 'failing' : undefined)
    await expect(purgeAttempts()).rejects.toMatchObject({ code: 'storage_unavailable' })
    const written = recordChunks()
    const { id } = await accepted(await send(bytes))
    expect(written.toSorted()).toEqual([0, 1, 2])
    await purgeAttempts()
    expect(await isWhole(id, bytes)).toBe(true)
  })
})
