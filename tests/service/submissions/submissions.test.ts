import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, nextOf, problemOf } from '../../support/responses.ts'
import { accepted, formOf, MULTIPART, multipart, part, submit } from '../../support/submissions.ts'

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

/** Submits a document that is one number; returns the id. */
const send = async (value: number, as = token) =>
  (await accepted(await submit(latchkey, formOf({ auth_token: as, responses: `${value}` })))).id
const sendFile = async (disposition: string, content: string, ...headers: string[]) => {
  const file = part(`name="file"; ${disposition}`, content, ...headers)
  return (await accepted(await submit(latchkey, multipart([part('name="auth_token"', token), file]), MULTIPART))).id
}
const call = (path: string, as = token, method = 'GET') =>
  latchkey.call(path, { method, headers: { authorization: `Bearer ${as}` } })
const list = z.object({ submissions: z.array(z.object({ id: z.string() })) })
const idsOf = async (answer: Response) => {
  expect(answer.status).toBe(200)
  return list.parse(await answer.json()).submissions.map(({ id }) => id)
}
/** The ids on each page. */
const follow = async (path: string, as = token) => {
  const pages: string[][] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const answer: Response = await call(next, as)
    next = nextOf(answer)
    pages.push(await idsOf(answer))
  }
  return pages
}

describe('GET /submissions', () => {
  it('lists submissions, newest first, without storage details', async () => {
    const first = await send(1)
    const second = await sendFile('filename="a.txt"', 'content', 'Content-Type: text/plain')
    const answer = await call('/submissions/')
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('link')).toBeNull()
    const received_at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const sha256 = (hex: string) => expect.stringMatching(new RegExp(`^${hex}[0-9a-f]{56}$`))
    expect(await answer.json()).toEqual({
      submissions: [
        {
          id: second,
          client_id: clientId,
          received_at,
          files: [{ name: 'a.txt', type: 'text/plain', size: 7, sha256: sha256('ed7002b4') }],
        },
        { id: first, client_id: clientId, received_at, responses: { size: 1, sha256: sha256('6b86b273') }, files: [] },
      ],
    })
    expect(await (await call(`/submissions/${first}/`)).json()).toEqual({
      id: first,
      client_id: clientId,
      received_at,
      responses: { size: 1, sha256: sha256('6b86b273') },
      files: [],
    })
  })

  it('is empty without submissions', async () => {
    expect(await idsOf(await call('/submissions'))).toEqual([])
    expect(await idsOf(await latchkey.asAdmin('/submissions'))).toEqual([])
  })

  it('returns each submission once across pages, also while more arrive', async () => {
    const ids: string[] = []
    for (let value = 0; value < 7; value += 1) ids.unshift(await send(value))
    expect(await follow('/submissions?number=3')).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)])
    expect(await follow('/submissions?number=7')).toEqual([ids])
    const first = await call('/submissions?number=4')
    await send(100)
    expect(await follow(nextOf(first) ?? '')).toEqual([ids.slice(4)])
  })

  it('continues at the same place after the last entry of a page is deleted', async () => {
    const ids: string[] = []
    for (let value = 0; value < 5; value += 1) ids.unshift(await send(value))
    const first = await call('/submissions?number=2')
    await call(`/submissions/${ids[1]}`, token, 'DELETE')
    expect((await follow(nextOf(first) ?? '')).flat()).toEqual(ids.slice(2))
  })

  it('filters by participant, also across pages', async () => {
    const of = (participant_id: string) => latchkey.token(clientId, { participant_id })
    const [p1, p2] = [await of('P 1'), await of('P+2')]
    const ids = [await send(1, p1), await send(1, p2), await send(2, p1), await send(1)].reverse()
    expect((await follow('/submissions?participant_id=P%201')).flat()).toEqual([ids[1], ids[3]])
    expect((await follow('/submissions?participant_id=P%2B2&number=1')).flat()).toEqual([ids[2]])
    expect((await follow('/submissions?participant_id=P%201&number=1')).flat()).toEqual([ids[1], ids[3]])
    expect((await follow('/submissions?participant_id=nobody')).flat()).toEqual([])
  })

  it('limits the token of a participant to that participant’s submissions', async () => {
    const of = (participant_id: string) => latchkey.token(clientId, { participant_id })
    const [mine, yours] = await Promise.all([of('P 1'), of('P 2')])
    const [own, other] = [await send(1, mine), await send(2, yours)]
    expect((await follow('/submissions', mine)).flat()).toEqual([own])
    expect((await follow('/submissions?participant_id=P%201', mine)).flat()).toEqual([own])
    expect((await call('/submissions?participant_id=P%202', mine)).status).toBe(403)
    for (const method of ['GET', 'DELETE']) expect((await call(`/submissions/${other}`, mine, method)).status).toBe(404)
    expect((await call(`/submissions/${other}/responses`, mine)).status).toBe(404)
    expect((await call(`/submissions/${own}`, mine, 'DELETE')).status).toBe(204)
    expect((await follow('/submissions')).flat()).toEqual([other])
  })

  it.each([
    ['number=0', 'number'],
    ['number=1001', 'number'],
    ['number=ten', 'number'],
    ['number=1&number=2', 'number'],
    ['participant_id=', 'participant_id'],
    [`participant_id=${'x'.repeat(257)}`, 'participant_id'],
    ['from=soon', 'from'],
    ['to=2020-02-30', 'to'],
    ['cursor=', 'cursor'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${Buffer.from('2020-01-01T00:00:00.000Z#').toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from(`2020-01-01T00:00:00.000Z#${'g'.repeat(32)}`).toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from(`x2020-01-01T00:00:00.000Z#${'0'.repeat(32)}`).toString('base64url')}`, 'cursor'],
    ['client_id=', 'client_id'],
    ['participant=x', 'participant'],
    ['from=%ff', 'query'],
  ])('rejects %s with 400 and names the parameter', async (query, field) => {
    const answer = await call(`/submissions?${query}`)
    expect(answer.status).toBe(400)
    expect(await faultyFields(answer)).toEqual([field])
  })

  it('accepts a cursor without a submission, and stays within the list', async () => {
    const cursor = (time: string) => Buffer.from(`${time}#${'f'.repeat(32)}`).toString('base64url')
    const id = await send(1)
    const other = (await latchkey.register({ scope: 'upload download' })).client_id
    await send(1, await latchkey.token(other))
    expect(await follow(`/submissions?cursor=${cursor('9999-12-31T23:59:59.999Z')}`)).toEqual([[id]])
    expect(await follow(`/submissions?cursor=${cursor('2020-01-01T00:00:00.000Z')}`)).toEqual([[]])
    expect(await follow(`/submissions?from=2021-01-01&cursor=${cursor('2020-01-01T00:00:00.000Z')}`)).toEqual([[]])
  })
})

describe('from and to', () => {
  it('filter by time of receipt, inclusively, in any notation', async () => {
    const ids: string[] = []
    for (const at of ['2026-05-03T12:00:00.000Z', '2026-05-03T12:00:01.500Z', '2026-05-03T12:00:02.000Z']) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(at) })
      ids.push(await send(ids.length, await latchkey.token(clientId)))
    }
    const between = async (query: string) => {
      const found = await idsOf(await call(`/submissions?${query}`, await latchkey.token(clientId)))
      return found.map((id) => ids.indexOf(id))
    }
    expect(await between('from=2026-05-03T12:00:01.500Z')).toEqual([2, 1])
    expect(await between('from=2026-05-03T12:00:01.501Z')).toEqual([2])
    expect(await between('to=2026-05-03T12:00:01.500Z')).toEqual([1, 0])
    expect(await between('to=1777809601499')).toEqual([0])
    expect(await between('from=1777809600&to=2026-05-03T14:00:00%2B02:00')).toEqual([0])
    expect(await between('from=2026-05-03T12:00:02.001Z&to=2026-05-03')).toEqual([])
    expect(await between('from=2026-05-03&to=2026-05-03')).toEqual([2, 1, 0])
    expect(await between('from=-1s')).toEqual([2, 1])
    expect(await between('to=9999-12-31T23:59:59.999Z')).toEqual([2, 1, 0])
    expect(await between('from=0001-01-01')).toEqual([2, 1, 0])
    vi.useRealTimers()
  })
})

describe('a part of a submission', () => {
  it('is returned as a download with its name and type', async () => {
    const id = await sendFile(
      'filename="page.html"',
      '<script>alert(1)</script>',
      'Content-Type: text/html; charset=utf-8',
    )
    const { status, headers, ...answer } = await call(`/submissions/${id}/1`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('content-disposition')).toBe('attachment; filename=page.html')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(answer).toBeDefined()
  })

  it.each([
    ['../../etc/passwd', 'attachment; filename=passwd'],
    ['a%22; x=%22b.txt', 'attachment; filename="a\\"; x=\\"b.txt"'],
    ['a%0d%0aSet-Cookie: x=y', 'attachment; filename="aSet-Cookie: x=y"'],
    ['naïve 日本.txt', 'attachment; filename="na?ve ??.txt"; filename*=UTF-8\'\'na%C3%AFve%20%E6%97%A5%E6%9C%AC.txt'],
    ['100%25.txt', "attachment; filename=100%25.txt; filename*=UTF-8''100%2525.txt"],
    ["it's (1)*.txt", 'attachment; filename="it\'s (1)*.txt"'],
  ])('named %j is sent as %s', async (name, disposition) => {
    const id = await sendFile(`filename="${name}"`, 'x')
    expect((await call(`/submissions/${id}/1`)).headers.get('content-disposition')).toBe(disposition)
  })

  it('`responses` is JSON, named after the submission', async () => {
    const id = await send(17)
    const answer = await call(`/submissions/${id}/responses/`)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename=${id}-responses.json`)
    expect(await answer.text()).toBe('17')
  })

  it('is numbered from 1, and other numbers return 404', async () => {
    const files = [1, 2, 3].map((n) => part(`name="file"; filename="${n}"`, `content ${n}`))
    const body = multipart([part('name="auth_token"', token), ...files])
    const { id } = await accepted(await submit(latchkey, body, MULTIPART))
    const answers = await Promise.all([1, 2, 3].map((n) => call(`/submissions/${id}/${n}`)))
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(['content 1', 'content 2', 'content 3'])
    for (const beyond of ['4', '101', '9999', 'responses']) {
      const answer = await call(`/submissions/${id}/${beyond}`)
      expect(answer.status).toBe(404)
      expect(await problemOf(answer)).toMatchObject({ code: 'not_found', detail: 'There is no such submission.' })
    }
  })

  it.each(['0', '01', '-1', '1.0', '10000', 'Responses', 'manifest', '__proto__', '..%2F1', '%00'])(
    'is never called %s',
    async (name) => {
      const answer = await call(`/submissions/${await send(1)}/${name}`)
      expect(answer.status).toBeOneOf([400, 404])
      if (answer.status === 400) expect(await faultyFields(answer)).toEqual(['part'])
    },
  )
})

describe('an invalid id', () => {
  it.each(['x', '0'.repeat(31), 'F'.repeat(32), `${'0'.repeat(32)}%00`])('%s is rejected with 400', async (id) => {
    for (const [path, method] of [
      ['', 'GET'],
      ['/1', 'GET'],
      ['', 'DELETE'],
    ]) {
      const answer = await call(`/submissions/${id}${path}`, token, method)
      expect(answer.status).toBe(400)
      expect(await faultyFields(answer)).toEqual(['id'])
    }
  })
})

describe('DELETE /submissions/{id}', () => {
  it('deletes one submission, which can be submitted again', async () => {
    const [kept, gone] = [await send(1), await send(2)]
    const answer = await call(`/submissions/${gone}`, token, 'DELETE')
    expect(answer.status).toBe(204)
    expect(await answer.text()).toBe('')
    for (const path of ['', '/responses', '/1']) expect((await call(`/submissions/${gone}${path}`)).status).toBe(404)
    expect((await call(`/submissions/${gone}`, token, 'DELETE')).status).toBe(404)
    expect(await idsOf(await call('/submissions'))).toEqual([kept])
    expect(await send(2)).toBe(gone)
    expect(await (await call(`/submissions/${gone}/responses`)).text()).toBe('2')
  })

  it('rejects a token that only reads with 403, and leaves the submission', async () => {
    const { client_id } = await latchkey.register({ scope: 'upload download' })
    const reader = await latchkey.token(client_id)
    const id = await send(1, reader)
    const answer = await call(`/submissions/${id}`, reader, 'DELETE')
    expect(answer.status).toBe(403)
    expect(await problemOf(answer)).toMatchObject({
      code: 'not_allowed',
      detail: 'The auth token does not have the scope delete. Register the client with it.',
    })
    expect(await idsOf(await call('/submissions', reader))).toEqual([id])
  })

  it('does not let a token read that may only delete', async () => {
    const { client_id } = await latchkey.register({ scope: 'upload delete' })
    const deleter = await latchkey.token(client_id)
    const id = await send(1, deleter)
    for (const path of ['', `/${id}`, `/${id}/responses`])
      expect((await call(`/submissions${path}`, deleter)).status).toBe(403)
    expect((await call(`/submissions/${id}`, deleter, 'DELETE')).status).toBe(204)
  })

  it('is allowed from any origin', async () => {
    const headers = { origin: 'https://ui.example', 'access-control-request-method': 'DELETE' }
    const answer = await latchkey.call(`/submissions/${'0'.repeat(32)}`, { method: 'OPTIONS', headers })
    expect(answer.headers.get('access-control-allow-methods')).toContain('DELETE')
  })
})

describe('access to submissions', () => {
  const attempts = (id: string) =>
    [
      ['GET', '/submissions'],
      ['GET', `/submissions/${id}`],
      ['GET', `/submissions/${id}/responses`],
      ['DELETE', `/submissions/${id}`],
    ] as const
  const statuses = async (id: string, as: string) =>
    Promise.all(attempts(id).map(async ([method, path]) => (await call(path, as, method)).status))

  it('rejects an upload-only token and a request without credentials', async () => {
    const uploader = await latchkey.token((await latchkey.register({ scope: 'upload' })).client_id)
    const id = await send(1, uploader)
    expect(await statuses(id, uploader)).toEqual([403, 403, 403, 403])
    expect(await statuses(id, 'wrong')).toEqual([401, 401, 401, 401])
    for (const [method, path] of attempts(id)) {
      const answer = await latchkey.call(path, { method })
      expect(answer.status).toBe(401)
      expect((await problemOf(answer)).detail).toContain(method === 'DELETE' ? 'scope delete' : 'scope download')
    }
  })

  it('does not show submissions to another client', async () => {
    const id = await send(1)
    const other = (await latchkey.register({ scope: 'upload download delete' })).client_id
    const stranger = await latchkey.token(other)
    expect(await statuses(id, stranger)).toEqual([200, 404, 404, 404])
    expect(await idsOf(await call('/submissions', stranger))).toEqual([])
    const foreign = await call(`/submissions?client_id=${clientId}`, stranger)
    expect(foreign.status).toBe(403)
    expect((await problemOf(foreign)).code).toBe('not_allowed')
    expect(await idsOf(await call(`/submissions?client_id=${other}`, stranger))).toEqual([])
    expect(await idsOf(await call('/submissions'))).toEqual([id])
  })

  it('allows the admin to list the submissions of any client', async () => {
    const id = await send(1)
    expect(await idsOf(await latchkey.asAdmin(`/submissions?client_id=${clientId}`))).toEqual([id])
    expect(await idsOf(await latchkey.asAdmin('/submissions?client_id=nobody'))).toEqual([])
    expect(await idsOf(await latchkey.asAdmin('/submissions'))).toEqual([])
    expect(await statuses(id, latchkey.adminToken)).toEqual([200, 200, 200, 204])
    expect(await idsOf(await call('/submissions'))).toEqual([])
  })
})
