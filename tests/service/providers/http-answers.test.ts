// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { createServer, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { callProvider, type ProviderCall } from '../../../lib/providers/http.ts'
import { rejection } from '../../support/problems.ts'

vi.mock(import('../../../lib/observability/metrics.ts'), () => ({ countMetric: vi.fn() }))

const answer = z.object({ token: z.string() })
const TOKEN = '{"token":"new"}'

type Act = (response: import('node:http').ServerResponse) => void

let server: Server
/** Behaviour for each call, in order; later calls succeed. */
let acts: Act[] = []
let calls = 0
beforeAll(async () => {
  server = createServer((_request, response) => {
    const act = acts[calls] ?? ((good) => good.end(TOKEN))
    calls += 1
    act(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
  acts = []
  calls = 0
})
afterEach(() => {
  vi.restoreAllMocks()
})

const call = (more: Partial<ProviderCall<{ token: string }>> = {}) => {
  const address = server.address()
  return callProvider({
    provider: 'Incode',
    operation: 'test',
    method: 'GET',
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`,
    headers: {},
    answer,
    deadline: Date.now() + 60_000,
    repeatable: true,
    ...more,
  })
}

const saying =
  (text: string | Buffer, status = 200, headers: Record<string, string> = {}): Act =>
  (response) =>
    response.writeHead(status, headers).end(text)
const invalid = { code: 'provider_answer_invalid', status: 502 }

describe('an incomplete response', () => {
  const stalls: Act = (response) => response.write('{"token":"ha')
  const breaks: Act = (response) => response.write('{"token":"ha', () => response.destroy())
  /** Closes the connection before the declared length. */
  const short: Act = (response) => {
    response.setHeader('content-length', '100')
    response.write('{"token":"ha', () => response.destroy())
  }

  it.each([
    ['stalls', stalls],
    ['is cut off', breaks],
    ['is shorter than it says', short],
  ])('that %s is retried only if the call is repeatable', async (_how, act) => {
    acts = [act]
    expect(await call({ deadline: Date.now() + (act === stalls ? 4_000 : 60_000) })).toEqual({ token: 'new' })
    expect(calls).toBe(2)
    acts = Array(9).fill(act)
    calls = 0
    const code = act === stalls ? 'provider_timeout' : 'provider_unavailable'
    expect(
      (await rejection(call({ repeatable: false, deadline: Date.now() + (act === stalls ? 500 : 60_000) }))).code,
    ).toBe(code)
    expect(calls).toBe(1)
  })

  it('is retried at most twice', async () => {
    acts = Array(9).fill(breaks)
    expect((await rejection(call())).code).toBe('provider_unavailable')
    expect(calls).toBe(3)
  })
})

describe('the length of a response', () => {
  const ofBytes = (bytes: number) => `{"token":"${'x'.repeat(bytes - TOKEN.length + 3)}"}`

  it('can be 200,000 bytes', async () => {
    acts = [saying(ofBytes(200_000))]
    expect((await call()).token).toHaveLength(199_988)
  })

  it.each([
    ['is one byte longer', saying(ofBytes(200_001))],
    ['is longer in UTF-8', saying(`{"token":"${'ü'.repeat(100_000)}"}`)],
    ['is longer because of blanks', saying(TOKEN + ' '.repeat(200_000))],
    ['is longer after decompression', saying(gzipSync(ofBytes(5_000_000)), 200, { 'content-encoding': 'gzip' })],
    [
      'never ends',
      (response) => {
        const more = () => !response.destroyed && response.write('x'.repeat(65_536), () => setImmediate(more))
        more()
      },
    ],
  ] satisfies [string, Act][])('is limited: a response that %s is rejected without a retry', async (_how, act) => {
    acts = Array(9).fill(act)
    expect(await rejection(call())).toMatchObject(invalid)
    expect(calls).toBe(1)
  })
})

describe('the depth of a response', () => {
  const nested = (levels: number, open: string, close: string) =>
    `{"token":"new","more":${open.repeat(levels)}${close.repeat(levels)}}`

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
  ])('can be 64 levels of %s', async (open, close) => {
    const filled = nested(63, open, close).replace(':}', ':1}')
    acts = [saying(filled), saying(filled.replace('"more":', `"more":${open}`).replace(/\}$/, `${close}}`))]
    expect(await call()).toEqual({ token: 'new' })
    expect(await rejection(call())).toMatchObject(invalid)
  })

  it.each([
    ['[', ']'],
    ['{"a":[', ']}'],
  ])('is limited for thousands of levels of %s', async (open, close) => {
    const levels = 199_000 / (open.length + close.length)
    acts = [saying(nested(levels, open, close)), saying(nested(levels, open, close), 401)]
    expect(await rejection(call())).toMatchObject(invalid)
    expect(await rejection(call())).toMatchObject({ code: 'provider_refused', facts: { status: 401 } })
  })

  it('does not limit its breadth', async () => {
    acts = [saying(`{"more":[${'[1],'.repeat(40_000)}1],"token":"new"}`)]
    expect(await call()).toEqual({ token: 'new' })
  })
})
