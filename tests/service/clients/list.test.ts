import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

const page = z.object({ clients: z.array(z.record(z.string(), z.unknown())) })

describe('GET /clients', () => {
  it('lists clients without digests, salts and callback URLs', async () => {
    const { client_id } = await latchkey.register({
      name: 'garden',
      kind: 'confidential',
      scope: 'upload download',
      checksum_salt: 'sixteen letters!',
    })
    const answer = await latchkey.asAdmin('/clients')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      clients: [
        {
          client_id,
          name: 'garden',
          kind: 'confidential',
          scope: ['upload', 'download'],
          dpop_bound: false,
          status: 'active',
          created_at: expect.stringMatching(/Z$/),
        },
      ],
    })
  })

  it('lists each client once in pages', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await latchkey.register()).client_id))
    const listed: unknown[] = []
    let path: string | undefined = '/clients?number=2'
    while (path !== undefined) {
      const answer: Response = await latchkey.asAdmin(path)
      const { clients } = page.parse(await answer.json())
      expect(clients.length).toBeLessThanOrEqual(2)
      listed.push(...clients.map((client) => client['client_id']))
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
    }
    expect(listed).toEqual(expect.arrayContaining(ids))
    expect(new Set(listed).size).toBe(listed.length)
  })

  it('rejects a cursor that is too long', async () => {
    const answer = await latchkey.asAdmin(`/clients?cursor=${'x'.repeat(65)}`)
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).code).toBe('parameter_invalid')
  })

  it('rejects the admin token in the query', async () => {
    expect((await latchkey.call(`/clients?token=${latchkey.adminToken}`)).status).toBe(401)
  })
})
