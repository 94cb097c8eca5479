import { PassThrough } from 'node:stream'
import { WriteStream } from 'node:tty'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Exchange } from '../../../dev/http-api.ts'
import { formatRequestLine, toRequestLine } from '../../../dev/request-line.ts'

const event = (body: string, contentType = 'application/json') => ({
  ...({ version: '2.0', routeKey: 'POST /upload', rawPath: '/upload', rawQueryString: 'token=secret' } as const),
  ...{ headers: { 'content-type': contentType, authorization: 'Bearer secret' }, body, isBase64Encoded: false },
  requestContext: {
    ...{ accountId: '', apiId: '', domainName: '', domainPrefix: '', requestId: '', routeKey: '', stage: '', time: '' },
    ...{ timeEpoch: 0, http: { method: 'POST', path: '/upload', protocol: '', sourceIp: '', userAgent: '' } },
  },
})
const upload = (sent: APIGatewayProxyEventV2, rows = 2): Exchange => ({
  ...{ method: 'POST', routeKey: 'POST /upload', functionName: 'upload', event: sent, ms: 12.3 },
  result: { statusCode: 200, body: JSON.stringify({ 'saved-in-db': rows, warnings: ['a text'] }) },
})

describe('the line of a request', () => {
  it('has method, route, status, rows, boxes and milliseconds, and nothing else of the request', () => {
    const line = toRequestLine(upload(event('{"box":["garden","garden"],"mail":["ann@corp.example","b"]}')))
    expect(line).toEqual({ level: 'INFO', message: 'POST /upload', status: 200, what: '2 rows, garden', ms: 12 })
  })

  it.each([
    ['text/csv', 'Box,n\na,1\n\u001b[31mb,2\nc,3\nd,4\n', '4 rows, a, \ufffd[31mb, c, 1 more'],
    ['application/json', '{"n":[1]}', '4 rows'],
    ['application/json', 'not JSON', '4 rows'],
    ['application/json', `{"box":"${'x'.repeat(70_000)}"}`, '4 rows'],
  ])('names the boxes of %s', (contentType, body, what) => {
    expect(toRequestLine(upload(event(body, contentType), 4)).what).toBe(what)
  })

  it.each([
    ['{"code":"not_allowed","detail":"secret"}', 403, 'WARN', 'not_allowed'],
    ['{"error":"invalid_client","error_description":"secret"}', 401, 'WARN', 'invalid_client'],
    ['{"message":"Internal Server Error"}', 500, 'ERROR', 'Internal Server Error'],
    ['secret', 400, 'WARN', ''],
  ])('has the code of the error %s', (body, statusCode, level, what) => {
    const result = { statusCode, body }
    expect(toRequestLine({ method: 'GET', routeKey: 'GET /token', result, ms: 1 })).toMatchObject({ level, what })
  })

  it('has the sentence of a rejected webhook, whose sender alone gets the response', () => {
    const result = { statusCode: 401, body: '{"code":"credentials_invalid","detail":"The time differs."}' }
    const { what } = toRequestLine({ method: 'POST', routeKey: 'POST /webhook/{provider}', result, ms: 1 })
    expect(what).toBe('credentials_invalid: The time differs.')
  })

  it('does not show a path without a route', () => {
    const result = { statusCode: 404, body: '{}' }
    expect(toRequestLine({ method: 'GET', routeKey: '$default', result, ms: 1 }).message).toBe('GET (no endpoint)')
    expect(toRequestLine({ method: 'GET', result, ms: 1 }).message).toBe('GET (no endpoint)')
  })
})

describe('the line on a terminal', () => {
  afterEach(() => vi.unstubAllEnvs())
  const terminal = () =>
    Object.assign(new PassThrough(), { isTTY: true, getColorDepth: WriteStream.prototype.getColorDepth })
  const line = { ...({ level: 'WARN', message: 'POST /upload', status: 401 } as const), what: 'token_expired', ms: 3 }
  const format = () => formatRequestLine(line, new Date(2026, 0, 1, 9, 5, 7), terminal())

  it('is in columns and in colour', () => {
    for (const name of ['NO_COLOR', 'NODE_DISABLE_COLORS', 'CI']) vi.stubEnv(name, undefined)
    vi.stubEnv('TERM', 'xterm-256color')
    vi.stubEnv('FORCE_COLOR', undefined)
    expect(format()).toContain('\u001b[33m401\u001b[39m')
  })

  it('is plain with NO_COLOR', () => {
    vi.stubEnv('FORCE_COLOR', undefined)
    vi.stubEnv('NO_COLOR', '1')
    expect(format()).toBe('09:05:07 POST   /upload              401  token_expired            3 ms')
  })
})
