import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { adminToken } from '../../../lib/access/admin-token.ts'
import { clientToken } from '../../../lib/access/client-token.ts'
import { allowAnyone, requireAnyOf } from '../../../lib/access/proof.ts'
import { userToken } from '../../../lib/calls/user-token.ts'
import { endpoint } from '../../../lib/http/endpoint.ts'
import { empty, json, text } from '../../../lib/http/response.ts'

const counted = z.object({ count: z.int(), state: z.enum(['ok', 'late']) })
const open = { access: allowAnyone, input: () => undefined, responses: { 200: counted, 404: z.object({}) } }

/** `tsc` checks these: each @ts-expect-error fails the check if the line below compiles. */
describe('the contract of an endpoint', () => {
  it('accepts the documented bodies, and responses that are not JSON', () => {
    const all = [
      endpoint(open, async () => json(200, { count: 1, state: 'ok' })),
      endpoint(open, async () => json(404, {})),
      endpoint(open, async ({ request }) => (request.method === 'GET' ? text('text/plain', 'one') : empty(204))),
    ]
    expect(all.map(({ responses }) => Object.keys(responses))).toEqual(all.map(() => ['200', '404']))
  })

  it('rejects other bodies, other statuses and responses without a helper', () => {
    // @ts-expect-error: a member is missing.
    endpoint(open, async () => json(200, { count: 1 }))
    // @ts-expect-error: a member has another type.
    endpoint(open, async () => json(200, { count: 'one', state: 'ok' }))
    // @ts-expect-error: a value is not documented.
    endpoint(open, async () => json(200, { count: 1, state: 'early' }))
    // @ts-expect-error: a status is not documented.
    endpoint(open, async () => json(201, { count: 1, state: 'ok' }))
    // @ts-expect-error: the body is of another status.
    endpoint(open, async () => json(200, {}))
    // @ts-expect-error: no helper created it.
    endpoint(open, async () => ({ statusCode: 200, body: '{}' }))
  })

  it('passes the callers that its access accepts', () => {
    const contract = { ...open, responses: { 200: z.object({ id: z.string() }) } }
    endpoint({ ...contract, access: requireAnyOf(userToken) }, async ({ caller }) => json(200, { id: caller.userId }))
    const access = requireAnyOf(adminToken({ inQuery: false }), clientToken('upload'))
    endpoint({ ...contract, access }, async ({ caller }) => json(200, { id: caller.clientId }))
    endpoint({ ...contract, access }, async ({ caller }) =>
      json(200, { id: caller.kind === 'client' ? caller.tokenId : 'admin' }),
    )
    // @ts-expect-error: the admin has no token id.
    endpoint({ ...contract, access }, async ({ caller }) => json(200, { id: caller.tokenId }))
    expect(access.expectation).toMatch(/^the admin token .*, or an auth token with scope upload/)
  })
})
