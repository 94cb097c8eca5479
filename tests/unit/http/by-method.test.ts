import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { allowAnyone } from '../../../lib/access/proof.ts'
import { endpointByMethod } from '../../../lib/http/by-method.ts'
import { endpoint } from '../../../lib/http/endpoint.ts'
import { prefersHtml } from '../../../lib/http/request.ts'
import { json } from '../../../lib/http/response.ts'
import { requestWith } from '../../support/requests.ts'

const saying = (word: string) =>
  endpoint({ access: allowAnyone, input: () => undefined, responses: { 200: z.string() } }, async () => json(200, word))
const handler = endpointByMethod({ GET: saying('get'), POST: saying('post') })

/** The properties of an event that the code reads. */
const eventOf = (method: string) =>
  ({
    version: '2.0',
    routeKey: `${method} /`,
    rawPath: '/',
    rawQueryString: '',
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      accountId: '',
      apiId: '',
      domainName: '',
      domainPrefix: '',
      http: { method, path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: '' },
      requestId: 'id',
      routeKey: `${method} /`,
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
  }) satisfies APIGatewayProxyEventV2
const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: '',
  functionVersion: '',
  invokedFunctionArn: '',
  memoryLimitInMB: '',
  awsRequestId: '',
  logGroupName: '',
  logStreamName: '',
  getRemainingTimeInMillis: () => 10_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
}

describe('byMethod', () => {
  it.each([
    ['GET', 'get'],
    ['POST', 'post'],
    ['HEAD', 'get'],
  ])('handles %s with the endpoint for %s', async (method, word) => {
    expect(await handler(eventOf(method), context)).toMatchObject({ statusCode: 200, body: JSON.stringify(word) })
  })
})

describe('prefersHtml', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['*/*', false],
    ['application/json', false],
    ['text/html', true],
    ['application/xhtml+xml,TEXT/HTML;q=0.9', true],
  ])('for the Accept header %j is %s', (accept, wanted) => {
    expect(prefersHtml(requestWith(accept === undefined ? {} : { accept }))).toBe(wanted)
  })
})
