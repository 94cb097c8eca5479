import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { accepted, contentOf, formOf, piecesOf, submissionsOf, submit } from '../../support/submissions.ts'

/** Concurrent requests, and crashes in any order. */
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
afterEach(() => {
  vi.useRealTimers()
  allIsWell()
})

const allIsWell = () => {
  latchkey.database.plan = () => undefined
}
const send = (name: string, bytes: Uint8Array<ArrayBuffer>) =>
  submit(latchkey, formOf({ auth_token: token, files: [[name, bytes]] }))
const remove = (id: string) =>
  latchkey.call(`/submissions/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
const idsListed = async () => (await submissionsOf(latchkey, clientId)).map(({ id }) => id)
const later = (minutes: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 })
const tidy = () => latchkey.runScheduled('clean-up-submissions.mjs')
const isOf = (piece: string) => (body: string) => new RegExp(`"piece":\\{"S":"${piece}`).test(body)
const [ofManifest, ofAttempt, ofChunk] = [isOf('manifest"'), isOf('attempt#'), isOf('chunk#')]
const piecesOfOne = async (id: string) => {
  const { there, named } = await piecesOf(latchkey)
  const own = (piece: string) => piece.startsWith(id)
  return { there: there.filter(own), named: named.filter(own) }
}
const nothingIsTooMany = async (id: string) => {
  const { there, named } = await piecesOfOne(id)
  expect(there).toEqual(named)
}

const SDK_ATTEMPTS = 3

describe('slices of a file, as reproschema-ui sends them', () => {
  it('are all stored from concurrent requests and retries, and form the file', async () => {
    const file = randomBytes(2_300_000)
    const slices = Array.from({ length: 5 }, (_, n) => file.subarray(n * 500_000, (n + 1) * 500_000))
    const name = (n: number) => `6d0c5f0d-3b6f-4d27-a8b1-e0c9d7f65432-P007.zip.00${n + 1}`
    // The first request of each slice fails, with the retries of its commands. The second one loses responses.
    const writes = new Map<string, number>()
    latchkey.database.plan = (command, body) => {
      const [chunk] = /"submission":\{"S":"\w+"\},"piece":\{"S":"chunk#[^"]+/.exec(body) ?? []
      if (command !== 'PutItem' || chunk === undefined) return undefined
      const count = (writes.get(chunk) ?? 0) + 1
      writes.set(chunk, count)
      if (count <= SDK_ATTEMPTS) return 'failing'
      return count === SDK_ATTEMPTS + 1 ? 'answer lost' : undefined
    }
    const upload = async (slice: Uint8Array<ArrayBuffer>, n: number): Promise<number[]> => {
      const form = formOf({ auth_token: token, files: [[name(n), slice, 'application/zip']] })
      form.append('expires', '20201031T120000Z')
      const statuses: number[] = []
      for (let tries = 0; tries < 4 && statuses.at(-1) !== 200; tries += 1) {
        statuses.push((await submit(latchkey, form)).status)
      }
      return statuses
    }
    expect(await Promise.all(slices.map(upload))).toEqual(slices.map(() => [503, 200]))
    allIsWell()

    const all = await submissionsOf(latchkey, clientId)
    const sorted = all.toSorted((a, b) => ((a.files[0]?.name ?? '') < (b.files[0]?.name ?? '') ? -1 : 1))
    expect(sorted.map(({ files }) => files.map((each) => each.name))).toEqual(slices.map((_, n) => [name(n)]))
    const joined = Buffer.concat(await Promise.all(sorted.map(({ id }) => contentOf(latchkey, id, 1))))
    expect(joined.equals(file)).toBe(true)
  })
})

describe('eight concurrent requests with the same submission', () => {
  it.each([0, 5])('store it once and completely (one command of %i fails)', async (every) => {
    const bytes = randomBytes(900_000)
    let commands = 0
    latchkey.database.plan = () => {
      commands += 1
      return every > 0 && commands % every === 0 ? 'failing' : undefined
    }
    let refused = 0
    const untilAccepted = async (): Promise<string> => {
      const answer = await send('a.bin', bytes)
      if (answer.status !== 503) return (await accepted(answer)).id
      refused += 1
      return untilAccepted()
    }
    const ids = await Promise.all(Array.from({ length: 8 }, untilAccepted))
    allIsWell()
    expect(new Set(ids).size).toBe(1)
    expect(await idsListed()).toEqual([ids[0]])
    expect((await contentOf(latchkey, ids[0] ?? '', 1)).equals(bytes)).toBe(true)
    const { there, named } = await piecesOfOne(ids[0] ?? '')
    expect(there).toEqual(every + refused === 0 ? named : expect.arrayContaining(named))
  })
})

describe('a concurrent submission and removal', () => {
  it('leave the whole submission or nothing', async () => {
    for (let round = 0; round < 10; round += 1) {
      const bytes = randomBytes(900_000)
      const { id } = await accepted(await send('a.bin', bytes))
      const calls = [remove(id), send('a.bin', bytes), remove(id), send('a.bin', bytes), send('a.bin', bytes)]
      const statuses = (await Promise.all(calls)).map(({ status }) => status)
      for (const status of statuses) expect(status).toBeOneOf([200, 204, 404, 503])
      const listed = await idsListed()
      if (listed.length > 0) expect((await contentOf(latchkey, id, 1)).equals(bytes)).toBe(true)
      await nothingIsTooMany(id)
      if (listed.length > 0) expect((await remove(id)).status).toBe(204)
    }
  })

  it(
    'rejects the removal with 503 while the manifest is being written',
    localOnly('It delays a command.'),
    async () => {
      const bytes = randomBytes(10)
      const { id } = await accepted(await send('a.bin', bytes))
      await remove(id)
      let writes = 0
      latchkey.database.plan = async (command, body) => {
        if (command !== 'PutItem' || !ofManifest(body)) return undefined
        writes += 1
        if (writes === 1) return 'answer lost'
        if (writes > 2) return undefined
        const answer = await remove(id)
        expect(answer.status).toBe(503)
        expect(answer.headers.get('retry-after')).toBe('5')
        return undefined
      }
      await accepted(await send('a.bin', bytes))
      allIsWell()
      expect(writes).toBeGreaterThan(1)
      expect((await contentOf(latchkey, id, 1)).equals(bytes)).toBe(true)
      expect((await remove(id)).status).toBe(204)
      await nothingIsTooMany(id)
      expect(await idsListed()).toEqual([])
    },
  )

  it('accepts the removal one minute after the submission was interrupted', async () => {
    latchkey.database.plan = (command, body) => (command === 'DeleteItem' && ofAttempt(body) ? 'failing' : undefined)
    const { id } = await accepted(await send('a.bin', randomBytes(10)))
    allIsWell()
    later(0.9)
    expect((await remove(id)).status).toBe(503)
    later(0.2)
    expect((await remove(id)).status).toBe(204)
    await nothingIsTooMany(id)
  })

  it(
    'removes the version that existed, and not one submitted meanwhile',
    localOnly('It delays a command.'),
    async () => {
      const bytes = randomBytes(10)
      const { id } = await accepted(await send('a.bin', bytes))
      let notes = 0
      latchkey.database.plan = async (command, body) => {
        if (command === 'DeleteItem' && ofChunk(body) && notes === 2) return 'failing'
        if (command !== 'PutItem' || !ofAttempt(body) || !body.includes('removing')) return undefined
        notes += 1
        if (notes > 1) return undefined
        // While the first is held back, another removes it, is cut off, and it is submitted again.
        expect((await remove(id)).status).toBe(204)
        notes += 1
        expect((await accepted(await send('a.bin', bytes))).id).toBe(id)
        return undefined
      }
      expect((await remove(id)).status).toBe(204)
      allIsWell()
      expect(await idsListed()).toEqual([id])
      expect((await contentOf(latchkey, id, 1)).equals(bytes)).toBe(true)
      await nothingIsTooMany(id)
    },
  )

  it('returns 404 for a part that is removed while it is being read', localOnly('It delays a command.'), async () => {
    const { id } = await accepted(await send('a.bin', randomBytes(10)))
    let held = false
    latchkey.database.plan = async (command, body) => {
      if (command !== 'GetItem' || !ofChunk(body) || held) return undefined
      held = true
      expect((await remove(id)).status).toBe(204)
      return undefined
    }
    const answer = await latchkey.asAdmin(`/submissions/${id}/1`)
    allIsWell()
    expect(answer.status).toBe(404)
  })
})

describe('a clean-up during a removal', () => {
  it('does not delete an attempt that was updated meanwhile', async () => {
    const { id } = await accepted(await send('a.bin', randomBytes(10)))
    latchkey.database.plan = (command, body) => (command === 'DeleteItem' && ofManifest(body) ? 'failing' : undefined)
    expect((await remove(id)).status).toBe(503)
    let held = false
    latchkey.database.plan = async (command, body) => {
      if (command !== 'DeleteItem' || !body.includes(id)) return undefined
      if (ofChunk(body)) return 'failing'
      if (!ofAttempt(body) || held) return undefined
      held = true
      expect((await remove(id)).status).toBe(204)
      return undefined
    }
    later(11)
    await tidy()
    allIsWell()
    expect(held).toBe(true)
    expect((await piecesOfOne(id)).there).not.toEqual([])
    later(11)
    await tidy()
    expect((await piecesOfOne(id)).there).toEqual([])
  })
})
