// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { event } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { logged, outputSince } from '../../support/logs.ts'

let latchkey: Latchkey
let sealKey: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  sealKey = process.env['SEAL_KEY'] ?? ''
})
afterAll(() => latchkey.stop())
beforeEach(() => {
  process.env['SEAL_KEY'] = sealKey
  vi.resetModules()
})

/** Continues as a container that has another SEAL_KEY. */
function changeSealKey(): void {
  process.env['SEAL_KEY'] = randomBytes(32).toString('base64url')
  vi.resetModules()
}

const SECRET = 'secret-value-of-a-test'
const soon = () => Date.now() + 300
const later = () => Date.now() + 60_000

/** Log lines and metrics since then about values that could not be decrypted. */
function failuresSince(moment: number) {
  const lines = outputSince(moment)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line || '{}'))
  return {
    logs: lines.filter(({ code }) => code === 'decryption_failed'),
    metrics: lines.filter((line) => 'DecryptionFailed' in line),
  }
}

/** Each function stores a value, and returns a function that reads it with another key. */
const PLACES: [kind: string, store: () => Promise<() => Promise<unknown>>][] = [
  [
    'job_outcome',
    async () => {
      const one = event({ provider: 'p', delivery: randomUUID(), subject: 's', body: Buffer.from(SECRET) })
      const deliver = async () => {
        const { runJobOnce } = await import('../../../lib/jobs/jobs.ts')
        return runJobOnce(one, 'kind', { process: async () => SECRET }, soon())
      }
      await deliver()
      return async () => expect(await deliver().catch((error) => error.code)).toBe('event_in_progress')
    },
  ],
  [
    'idempotent_result',
    async () => {
      const key = randomUUID()
      const run = async () => {
        const { runOnce } = await import('../../../lib/jobs/run-once.ts')
        return runOnce(key, 60_000, soon(), async () => SECRET)
      }
      await run()
      return async () => expect(await run().catch((error) => error.code)).toBe('event_in_progress')
    },
  ],
  [
    'provider_token',
    async () => {
      const get = async (secret: string) => {
        const { getSharedToken } = await import('../../../lib/providers/shared-token.ts')
        const obtain = async () => ({ secret, validUntil: later() })
        return getSharedToken({ name: 'test', provider: 'X', obtain }, soon())
      }
      await get(SECRET)
      return async () => expect(await get('another')).toBe('another')
    },
  ],
  [
    'call',
    async () => {
      const { reservePin, saveCall } = await import('../../../lib/calls/store-pins.ts')
      await reservePin('1234', 'holder', Date.now())
      const sides = { caller: { userId: 'caller', call: SECRET }, contact: { userId: 'contact', call: SECRET } }
      await saveCall({ pin: '1234', holder: 'holder' }, sides, later())
      return async () => {
        const { findCall } = await import('../../../lib/calls/store-pins.ts')
        expect(await findCall('1234', 'contact', Date.now())).toBeNull()
      }
    },
  ],
  [
    'identity_session',
    async () => {
      const { saveInterview } = await import('../../../lib/identity/store.ts')
      const interview = { interviewId: randomUUID(), uniqueId: randomUUID(), token: SECRET, clientId: 'c' }
      await saveInterview(interview, Date.now())
      return async () => {
        const { findInterview } = await import('../../../lib/identity/store.ts')
        expect(await findInterview(interview.interviewId, Date.now())).toMatchObject({ start: null })
      }
    },
  ],
  [
    'identity_session',
    async () => {
      const { saveInterview } = await import('../../../lib/identity/store.ts')
      const interview = { interviewId: randomUUID(), uniqueId: randomUUID(), token: SECRET, clientId: 'c' }
      await saveInterview({ ...interview, participant: 'participant' }, Date.now())
      return async () => {
        const { ownedSessions } = await import('../../../lib/identity/store-admin.ts')
        const owned = ownedSessions({ clientId: 'c', participant: 'participant' }, new Set())
        expect(await Array.fromAsync(owned)).toEqual([])
      }
    },
  ],
  [
    'opensensemap_box',
    async () => {
      const { encryptBox } = await import('../../../lib/opensensemap/remote-box.ts')
      const sealed = await encryptBox({ _id: SECRET, sensors: {}, position: null, described: '', found: '' })
      return async () => {
        const { decryptBox } = await import('../../../lib/opensensemap/remote-box.ts')
        expect(await decryptBox('box', sealed)).toBeNull()
      }
    },
  ],
]

describe('a value that was encrypted with another SEAL_KEY', () => {
  it.each(PLACES)(
    '%s: is treated as not stored, and is recorded and logged once per container',
    async (kind, store) => {
      const read = await store()
      changeSealKey()
      const before = logged()
      await read()
      await read()
      const { logs, metrics } = failuresSince(before)
      expect(logs).toEqual([expect.objectContaining({ level: 'ERROR', kind })])
      expect(metrics).toEqual([expect.objectContaining({ kind, DecryptionFailed: 1 })])
      expect(outputSince(before)).not.toContain(SECRET)
    },
  )

  it('salt: rejects the upload, and logs its client once for several requests', async () => {
    const { client_id } = await latchkey.register({ checksum_salt: SECRET })
    changeSealKey()
    await latchkey.anotherContainer()
    const before = logged()
    const body = '{"a":[1]}'
    const digest = createHash('md5').update(`${body}${SECRET}`).digest('hex')
    const headers = { 'content-type': 'application/json', 'Content-MD5-Salted': digest }
    for (const path of ['/upload', `/upload?client_id=${client_id}`, '/upload'])
      expect((await latchkey.call(path, { method: 'POST', headers, body })).status).toBe(401)
    const { logs, metrics } = failuresSince(before)
    expect(logs).toEqual([expect.objectContaining({ level: 'ERROR', kind: 'salt', client_id })])
    expect(metrics).toEqual([expect.objectContaining({ kind: 'salt', DecryptionFailed: 1 })])
    expect(outputSince(before)).not.toContain(SECRET)
  })
})
