import { beforeAll, describe, expect, it } from 'vitest'
import { gatherLogs } from '../../support/logs.ts'

let handler: (event: unknown, context: unknown) => Promise<{ statusCode: number; headers: object; body?: string }>
beforeAll(async () => {
  gatherLogs()
  Object.assign(process.env, { STAGE: 'local', VERSION: '1.2.3' })
  const page = await import(`../../../functions/${'static-pages'}.ts`)
  handler = page.handler
})

/** The response at a path as in an API Gateway event, with the prefix of a custom domain. */
const at = (rawPath: string, accept = 'text/html', pathParameters = {}) =>
  handler(
    {
      rawPath,
      rawQueryString: '',
      headers: { accept, 'accept-encoding': 'identity' },
      pathParameters,
      requestContext: { requestId: 'r', http: { method: 'GET', sourceIp: '::1' } },
    },
    { getRemainingTimeInMillis: () => 10_000 },
  )

describe('a page', () => {
  it.each([
    ['/', 'Latchkey'],
    ['/v1/', 'Latchkey'],
    ['/uploadhelp', 'Upload help: Latchkey'],
    ['/v1/uploadhelp', 'Upload help: Latchkey'],
  ])('is found behind any prefix: %s', async (path, title) => {
    const { statusCode, body } = await at(path)
    expect(statusCode).toBe(200)
    expect(body).toContain(`<title>${title}</title>`)
  })

  it.each([
    ['/uploadhelp/', '../uploadhelp'],
    ['/v1/uploadhelp/', '../uploadhelp'],
    ['/v1', './v1/'],
  ])('is redirected to the base of its relative links: %s to %s', async (path, location) => {
    expect(await at(path)).toMatchObject({ statusCode: 308, headers: { location } })
  })

  it.each(['/', '/v1', '/v1/'])('at %s returns JSON to other clients than browsers', async (path) => {
    const { statusCode, body } = await at(path, '*/*')
    expect(statusCode).toBe(200)
    expect(JSON.parse(body ?? '')).toMatchObject({ hello: 'world', version: '1.2.3', stage: 'local' })
  })

  it('is also an asset', async () => {
    const { headers } = await at('/v1/assets/index.html', '*/*', { name: 'index.html' })
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8' })
  })
})
