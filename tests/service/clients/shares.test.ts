// @module-tag local-only
// These tests set the clock, and read the log and the tables.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { logged, outputSince } from '../../support/logs.ts'
import { faultyFields, problemOf } from '../../support/responses.ts'
import { requestShare, shared, withToken } from '../../support/shares.ts'
import { clientWith } from '../../support/stored-rows.ts'

const DAY_MS = 86_400_000
const ROOF = { time: [1], box: ['roof'], co2: [612], temp: [21] }

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

const list = z.object({
  shares: z.array(z.looseObject({ share_id: z.string(), name: z.string(), last_used_at: z.string().nullable() })),
})
const sharesOf = async (token: string, query = '') =>
  list.parse(await (await withToken(latchkey, token, `/shares?${query}`)).json()).shares
const statusOf = async (token: string) => (await withToken(latchkey, token, '/series')).status
const revoke = async (token: string, id: string, query = '') =>
  (await withToken(latchkey, token, `/shares/${id}?${query}`, { method: 'DELETE' })).status
const store = () => import('../../../lib/clients/store-shares.ts')

describe('POST /shares', () => {
  it('returns a token of 256 random bits once, and a link that has it in the fragment', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    const before = logged()
    const share = await shared(latchkey, token, { series: ['roof'], columns: ['co2', 'Temp'] })
    expect(share).toEqual({
      share_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      token: expect.stringMatching(new RegExp(`^share_${share.share_id}_[\\w-]{43}$`)),
      url: `${latchkey.url}/download#share=${share.token}`,
      name: 'neighbours',
      series: ['roof'],
      columns: ['co2', 'temp'],
      created_by: 'client',
      created_at: expect.any(String),
      expires_at: expect.any(String),
      last_used_at: null,
    })
    const other = await shared(latchkey, token, { series: ['roof'] })
    expect(other.token.slice(-43)).not.toBe(share.token.slice(-43))
    const shown = await (await withToken(latchkey, token, '/shares')).text()
    expect([shown.includes(share.share_id), shown.includes(share.token.slice(-43))]).toEqual([true, false])
    expect(outputSince(before)).toContain(`"share_id":"${share.share_id}"`)
    expect(outputSince(before)).not.toContain(share.token.slice(-43))
  })

  it('stores a digest of the secret only', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    let written = ''
    latchkey.database.plan = (command, body) => {
      if (command !== 'GetItem') written += body
      return undefined
    }
    const share = await shared(latchkey, token, { series: ['roof'] })
    latchkey.database.plan = () => undefined
    expect(written).toContain(`share#${share.share_id}`)
    expect(written).not.toContain(share.token.slice(-43))
    expect(await (await store()).findShare(share.share_id)).toMatchObject({
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    })
  })

  it('expires after 30 days, or the requested seconds up to a year', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    const lifetime = async (body: object) => {
      const { created_at, expires_at } = await shared(latchkey, token, { series: ['roof'], ...body })
      return (Date.parse(expires_at) - Date.parse(String(created_at))) / DAY_MS
    }
    expect(await lifetime({})).toBeCloseTo(30, 3)
    expect(await lifetime({ expires_in: null })).toBeCloseTo(30, 3)
    expect(await lifetime({ expires_in: 60 })).toBeCloseTo(60 / 86_400, 3)
    expect(await lifetime({ expires_in: 365 * 86_400 })).toBeCloseTo(365, 3)
  })

  it.each<[string, object, string]>([
    ['no series', { series: [] }, 'series'],
    ['a missing series', { series: undefined }, 'series'],
    ['an unknown series', { series: ['roof', 'cellar'] }, 'series'],
    ['a repeated series', { series: ['roof', 'roof'] }, 'series'],
    ['too many series', { series: Array.from({ length: 21 }, (_, index) => `roof${index}`) }, 'series'],
    ['the series of a participant', { series: ['of Ada'] }, 'series'],
    ['no columns', { columns: [] }, 'columns'],
    ['an unknown column', { columns: ['co2', 'co3'] }, 'columns'],
    ['an empty column', { columns: [''] }, 'columns'],
    ['a column without characters', { columns: ['!'] }, 'columns'],
    ['a column of another series', { columns: ['private'] }, 'columns'],
    ['too many columns', { columns: Array.from({ length: 101 }, (_, index) => `c${index}`) }, 'columns'],
    ['no name', { name: '' }, 'name'],
    ['a lifetime above a year', { expires_in: 365 * 86_400 + 1 }, 'expires_in'],
    ['a short lifetime', { expires_in: 59 }, 'expires_in'],
    ['a negative lifetime', { expires_in: -1 }, 'expires_in'],
    ['an endless lifetime', { expires_in: 'never' }, 'expires_in'],
    ['an unknown member', { scope: 'upload' }, 'scope'],
    ['an empty participant', { participant_id: '' }, 'participant_id'],
  ])('rejects %s with 400', async (_what, body, field) => {
    const { clientId, token } = await clientWith(latchkey, ROOF, { time: [1], box: ['attic'], private: [1] })
    const ada = await latchkey.token(clientId, { participant_id: 'of Ada' })
    await latchkey.upload(ada, '{"time":1}')
    const answer = await requestShare(latchkey, token, { series: ['roof'], ...body })
    expect([answer.status, await faultyFields(answer)]).toEqual([400, [field]])
  })

  it('of a token shares only what the token reads', async () => {
    const { clientId, token } = await clientWith(latchkey, ROOF)
    const other = await clientWith(latchkey, ROOF)
    const [ada, bob] = await Promise.all(
      ['Ada', 'Bob'].map((participant_id) => latchkey.token(clientId, { participant_id })),
    )
    await latchkey.upload(ada ?? '', JSON.stringify({ time: 1, box: 'mine', co2: 5 }))
    const status = async (by = '', body: object) => {
      const answer = await requestShare(latchkey, by, { series: ['roof'], ...body })
      return [answer.status, (await problemOf(answer)).code]
    }
    expect(await status(token, { client_id: other.clientId })).toEqual([403, 'not_allowed'])
    expect(await status(ada, { participant_id: 'Bob' })).toEqual([403, 'not_allowed'])
    // This series belongs to the client itself.
    expect(await status(ada, {})).toEqual([400, 'parameter_invalid'])
    expect(await status(bob, { series: ['mine'] })).toEqual([400, 'parameter_invalid'])
    const uploader = await latchkey.register({ scope: 'upload' })
    const uploadToken = await latchkey.token(uploader.client_id)
    await latchkey.upload(uploadToken, JSON.stringify(ROOF))
    expect(await status(uploadToken, {})).toEqual([403, 'not_allowed'])
    expect(await status('', {})).toEqual([401, 'credentials_invalid'])
    const own = await shared(latchkey, ada ?? '', { series: ['mine'] })
    const answer = await withToken(latchkey, own.token, '/download?format=csv&cols=co2')
    expect(await answer.text()).toBe('co2\r\n5\r\n')
  })

  it('of the admin shares series of any client, and of the shared client', async () => {
    const { clientId } = await clientWith(latchkey, ROOF)
    const share = await shared(latchkey, latchkey.adminToken, { client_id: clientId, series: ['roof'] })
    expect(share['created_by']).toBe('admin')
    expect(await statusOf(share.token)).toBe(200)
    const unknown = await requestShare(latchkey, latchkey.adminToken, { series: ['roof'], client_id: 'f'.repeat(32) })
    expect(unknown.status).toBe(400)
    const admin = await import('../../../lib/clients/store-admin.ts')
    await admin.setClientStatus(clientId, 'disabled')
    const disabled = await requestShare(latchkey, latchkey.adminToken, { client_id: clientId, series: ['roof'] })
    expect([disabled.status, (await problemOf(disabled)).code]).toEqual([404, 'not_found'])
  })
})

describe('a share', () => {
  const rejected = async (token: string) => {
    const answers = await Promise.all(
      ['/series', '/download?format=csv'].map((path) => withToken(latchkey, token, path)),
    )
    for (const answer of answers) {
      expect([answer.status, (await problemOf(answer)).code]).toEqual([401, 'credentials_invalid'])
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
    }
  }

  it('is rejected with another secret, another id, or the token of a share that never existed', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    const [one, two] = await Promise.all([1, 2].map(() => shared(latchkey, token, { series: ['roof'] })))
    const secretOf = (share: string) => share.slice(-43)
    const last = one?.token.endsWith('A') ? 'B' : 'A'
    for (const wrong of [
      `${one?.token.slice(0, -1)}${last}`,
      `share_${one?.share_id}_${secretOf(two?.token ?? '')}`,
      `share_0000000000000000_${secretOf(one?.token ?? '')}`,
    ])
      await rejected(wrong)
    // These do not have the form of a share token.
    for (const wrong of [
      one?.token.slice(0, -1),
      `${one?.token}A`,
      one?.token.toUpperCase(),
      secretOf(one?.token ?? ''),
    ])
      expect(await statusOf(wrong ?? '')).toBe(401)
    // A digest from a leaked table does not help.
    const { digest = '' } = (await (await store()).findShare(one?.share_id ?? '')) ?? {}
    expect(await statusOf(`share_${one?.share_id}_${digest.slice(-43)}`)).toBe(401)
    expect((await latchkey.call(`/series?share=${one?.token}`)).status).toBe(401)
  })

  it('expires at its time', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    const share = await shared(latchkey, token, { series: ['roof'], expires_in: 3_600 })
    vi.useFakeTimers({ now: Date.parse(share.expires_at) - 1_000, toFake: ['Date'] })
    try {
      expect(await statusOf(share.token)).toBe(200)
      vi.setSystemTime(Date.parse(share.expires_at))
      await rejected(share.token)
      expect(await sharesOf(latchkey.adminToken, `client_id=${'f'.repeat(32)}`)).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })

  it('ends with its revocation, at once, and leaves the others', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    const [one, two] = [
      await shared(latchkey, token, { series: ['roof'] }),
      await shared(latchkey, token, { series: ['roof'] }),
    ]
    expect(await revoke(token, one.share_id)).toBe(204)
    await rejected(one.token)
    expect(await statusOf(two.token)).toBe(200)
    expect((await sharesOf(token)).map(({ share_id }) => share_id)).toEqual([two.share_id])
    expect(await revoke(token, one.share_id)).toBe(404)
    expect(await revoke(token, 'nonsense')).toBe(400)
  })

  it('ends while its client is disabled, and when it is deleted', async () => {
    const admin = await import('../../../lib/clients/store-admin.ts')
    const { clientId, token } = await clientWith(latchkey, ROOF)
    const shares = [
      await shared(latchkey, token, { series: ['roof'] }),
      await shared(latchkey, latchkey.adminToken, { series: ['roof'], client_id: clientId }),
    ]
    await admin.setClientStatus(clientId, 'disabled')
    for (const share of shares) await rejected(share.token)
    await admin.setClientStatus(clientId, 'active')
    for (const share of shares) expect(await statusOf(share.token)).toBe(200)
    await admin.deleteClient(clientId)
    for (const share of shares) await rejected(share.token)
  })

  it('ends when the tokens of its client are revoked', async () => {
    const admin = await import('../../../lib/clients/store-admin.ts')
    const { clientId, token } = await clientWith(latchkey, ROOF)
    const before = await shared(latchkey, token, { series: ['roof'] })
    await admin.revokeClientTokens(clientId, Date.now())
    await rejected(before.token)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const after = await shared(latchkey, await latchkey.token(clientId), { series: ['roof'] })
    expect(await statusOf(after.token)).toBe(200)
  })

  it('that a client made ends when the client loses the scope download; one of the admin does not', async () => {
    const admin = await import('../../../lib/clients/store-admin.ts')
    const { clientId, token } = await clientWith(latchkey, ROOF)
    const own = await shared(latchkey, token, { series: ['roof'] })
    const ofAdmin = await shared(latchkey, latchkey.adminToken, { series: ['roof'], client_id: clientId })
    await admin.setClientScope(clientId, ['upload'])
    await rejected(own.token)
    expect(await statusOf(ofAdmin.token)).toBe(200)
  })

  it('stores its last use, at most once an hour', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    const share = await shared(latchkey, token, { series: ['roof'] })
    const lastUse = async () => (await sharesOf(token))[0]?.last_used_at ?? ''
    await statusOf(share.token)
    await vi.waitFor(async () => expect(await lastUse()).not.toBe(''))
    const first = await lastUse()
    vi.useFakeTimers({ now: Date.now() + 3_500_000, toFake: ['Date'] })
    try {
      latchkey.database.commands.length = 0
      await statusOf(share.token)
      expect(latchkey.database.commands).not.toContain('UpdateItem')
      vi.setSystemTime(Date.parse(first) + 3_700_000)
      await statusOf(share.token)
      const { findShare } = await store()
      await vi.waitFor(async () =>
        expect((await findShare(share.share_id))?.last_used_at).toBeGreaterThan(Date.parse(first)),
      )
    } finally {
      vi.useRealTimers()
    }
  })

  it('works while its last use cannot be stored', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    const share = await shared(latchkey, token, { series: ['roof'] })
    latchkey.database.plan = (command) => (command === 'UpdateItem' ? 'failing' : undefined)
    expect(await statusOf(share.token)).toBe(200)
    latchkey.database.plan = () => undefined
  })
})

describe('the shares of participants', () => {
  it('are listed and revoked by that participant and by the client, and by no other participant', async () => {
    const { clientId, token } = await clientWith(latchkey, ROOF)
    const [ada = '', bob = ''] = await Promise.all(
      ['Ada', 'Bob'].map((participant_id) => latchkey.token(clientId, { participant_id })),
    )
    await latchkey.upload(ada, JSON.stringify({ time: 1, box: 'mine' }))
    const ofAda = await shared(latchkey, ada, { series: ['mine'], name: 'by Ada' })
    const byClient = await shared(latchkey, token, { series: ['mine'], participant_id: 'Ada', name: 'of Ada' })
    await shared(latchkey, token, { series: ['roof'], name: 'of the client' })
    const names = async (by: string, query = '') => (await sharesOf(by, query)).map(({ name }) => name)
    expect(await names(ada)).toEqual(['by Ada', 'of Ada'])
    expect(await names(bob)).toEqual([])
    expect(await names(token)).toEqual(['by Ada', 'of Ada', 'of the client'])
    expect(await names(token, 'participant_id=Ada')).toEqual(['by Ada', 'of Ada'])
    expect(await names(latchkey.adminToken, `client_id=${clientId}`)).toEqual(['by Ada', 'of Ada', 'of the client'])
    expect((await withToken(latchkey, ada, '/shares?participant_id=Bob')).status).toBe(403)
    const stranger = await clientWith(latchkey)
    for (const by of [bob, stranger.token]) expect(await revoke(by, ofAda.share_id)).toBe(404)
    expect(await revoke(stranger.token, ofAda.share_id, `client_id=${clientId}`)).toBe(403)
    expect(await revoke(ada, byClient.share_id)).toBe(204)
    expect(await revoke(latchkey.adminToken, ofAda.share_id)).toBe(404)
    expect(await revoke(latchkey.adminToken, ofAda.share_id, `client_id=${clientId}`)).toBe(204)
    expect(await names(token)).toEqual(['of the client'])
  })
})

describe('the number of shares', () => {
  /** Fills the list of a client up to the maximum, without the shares. */
  async function fill(clientId: string, count: number, participant = '') {
    const { addShareEntry } = await store()
    const ids = Array.from({ length: count }, (_, index) => index.toString(16).padStart(16, '0'))
    await Promise.all(ids.map((id) => addShareEntry(clientId, { id, participant })))
    return ids
  }

  it('is limited, and ended shares make room', async () => {
    const { MAX_SHARES, saveShare } = await store()
    const { clientId, token } = await clientWith(latchkey, ROOF)
    const { share_id } = await shared(latchkey, token, { series: ['roof'] })
    const record = await (await store()).findShare(share_id)
    await fill(clientId, MAX_SHARES - 1)
    expect((await requestShare(latchkey, token, { series: ['roof'] })).status).toBe(200)
    expect(await sharesOf(token)).toHaveLength(2)
    const ids = await fill(clientId, MAX_SHARES - 2)
    await Promise.all(ids.map((id) => record && saveShare(id, record)))
    const full = await requestShare(latchkey, token, { series: ['roof'] })
    expect([full.status, await faultyFields(full)]).toEqual([400, ['series']])
    expect(await revoke(token, share_id)).toBe(204)
    expect((await requestShare(latchkey, token, { series: ['roof'] })).status).toBe(200)
  })

  it('is limited also for two concurrent requests, of which one is rejected and leaves no share', async () => {
    const { MAX_SHARES, addShareEntry } = await store()
    const { clientId, token } = await clientWith(latchkey, ROOF)
    await fill(clientId, MAX_SHARES - 1)
    let written = ''
    latchkey.database.plan = async (command, body) => {
      if (command === 'PutItem') written = /share#([0-9a-f]{16})/.exec(body)?.[1] ?? written
      if (command !== 'PutItem' || !body.includes('share#')) return undefined
      await addShareEntry(clientId, { id: 'f'.repeat(16), participant: '' })
      return undefined
    }
    const answer = await requestShare(latchkey, token, { series: ['roof'] })
    latchkey.database.plan = () => undefined
    expect(answer.status).toBe(400)
    expect([written, await (await store()).findShare(written)]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), null])
  })

  it('of one participant is limited, so that others still can share', async () => {
    const { MAX_PARTICIPANT_SHARES } = await import('../../../lib/clients/shares.ts')
    const { clientId, token } = await clientWith(latchkey, ROOF)
    const ada = await latchkey.token(clientId, { participant_id: 'Ada' })
    await latchkey.upload(ada, JSON.stringify({ time: 1, box: 'mine' }))
    const ones = Array.from({ length: MAX_PARTICIPANT_SHARES }, () => shared(latchkey, ada, { series: ['mine'] }))
    await Promise.all(ones)
    const answer = await requestShare(latchkey, ada, { series: ['mine'] })
    expect([answer.status, (await problemOf(answer)).detail]).toEqual([
      400,
      `series has ${MAX_PARTICIPANT_SHARES} shares already: revoke one first.`,
    ])
    await shared(latchkey, token, { series: ['roof'] })
  })

  it('of one participant is limited also for concurrent requests', async () => {
    const { MAX_PARTICIPANT_SHARES } = await import('../../../lib/clients/shares.ts')
    const { addShareEntry, participantDigest } = await store()
    const { clientId } = await clientWith(latchkey)
    const ada = await latchkey.token(clientId, { participant_id: 'Ada' })
    await latchkey.upload(ada, JSON.stringify({ time: 1, box: 'mine' }))
    const participant = participantDigest('Ada')
    await fill(clientId, MAX_PARTICIPANT_SHARES - 1, participant)
    latchkey.database.plan = async (command, body) => {
      if (command === 'PutItem' && body.includes('share#'))
        await addShareEntry(clientId, { id: 'f'.repeat(16), participant })
      return undefined
    }
    const answer = await requestShare(latchkey, ada, { series: ['mine'] })
    latchkey.database.plan = () => undefined
    expect(answer.status).toBe(400)
    expect(await (await store()).listShareEntries({ clientId })).toHaveLength(MAX_PARTICIPANT_SHARES)
  })
})

describe('a lost response of DynamoDB', () => {
  it.each(['PutItem', 'UpdateItem', 'DeleteItem'])('to %s changes nothing', async (lost) => {
    const { token } = await clientWith(latchkey, ROOF)
    const losesOnce = () => {
      let isLost = false
      latchkey.database.plan = (command) => {
        if (command !== lost || isLost) return undefined
        isLost = true
        return 'answer lost'
      }
    }
    losesOnce()
    const share = await shared(latchkey, token, { series: ['roof'] })
    expect((await sharesOf(token)).map(({ share_id }) => share_id)).toEqual([share.share_id])
    losesOnce()
    expect(await revoke(token, share.share_id)).toBe(204)
    latchkey.database.plan = () => undefined
    expect(await sharesOf(token)).toEqual([])
    expect(await statusOf(share.token)).toBe(401)
  })

  it('of an interrupted revocation leaves an entry that no list shows', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    const share = await shared(latchkey, token, { series: ['roof'] })
    latchkey.database.plan = (command) => (command === 'UpdateItem' ? 'failing' : undefined)
    expect(await revoke(token, share.share_id)).toBe(503)
    latchkey.database.plan = () => undefined
    expect([await statusOf(share.token), await sharesOf(token)]).toEqual([401, []])
  })
})
