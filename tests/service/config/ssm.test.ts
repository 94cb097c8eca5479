// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { listenLocally } from '../../../dev/free-port.ts'
import { readParameters } from '../../../lib/config/ssm.ts'
import { withDeadline } from '../../../lib/core/deadline.ts'
import { closed } from '../../support/server.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

interface Asked {
  headers: IncomingHttpHeaders
  body: string
}

/** Received requests and prepared responses of Parameter Store; null breaks the connection. */
const asked: Asked[] = []
let answers: ([status: number, body: string] | null)[] = []
const parameterStore = createServer(async (request, response) => {
  const body = await text(request).catch(() => null)
  if (body === null) return
  asked.push({ headers: request.headers, body })
  const [status, answer] = answers.length > 0 ? (answers.shift() ?? []) : [200, '{"Parameters":[]}']
  if (status === undefined) return request.socket.destroy()
  return response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(answer)
})
beforeEach(async () => {
  asked.length = 0
  answers = []
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', await listenLocally(parameterStore))
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a secret')
  vi.stubEnv('AWS_SESSION_TOKEN', 'a token')
  vi.stubEnv('PARAMETER_PATH', '/latchkey/test')
})
// A request that a deadline ended may still be on its way, and must not reach the next test.
afterEach(async () => {
  vi.unstubAllEnvs()
  await closed(parameterStore)
})

/** Whether AWS Signature Version 4 of a request is valid for the secret. */
function isSigned({ headers, body }: Asked): boolean {
  const [, scope = '', names = '', signature] =
    /Credential=\w+\/([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/.exec(headers.authorization ?? '') ?? []
  const sha256 = (data: string) => createHash('sha256').update(data).digest('hex')
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`)
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()
  return hmac(scope.split('/').reduce(hmac, Buffer.from('AWS4a secret')), toSign).toString('hex') === signature
}

const found = (...names: string[]) =>
  JSON.stringify({ Parameters: names.map((name) => ({ Name: `/latchkey/test/${name}`, Value: `of ${name}` })) })

describe('readParameters', () => {
  it('sends the same requests as the SDK', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 31, 23, 59, 59) })
    await readParameters(['ADMIN_TOKEN', 'SEAL_KEY'])
    const Names = ['/latchkey/test/ADMIN_TOKEN', '/latchkey/test/SEAL_KEY']
    await new SSMClient().send(new GetParametersCommand({ Names, WithDecryption: true }))
    vi.useRealTimers()
    const [ours, theirs] = asked
    expect(JSON.parse(ours?.body ?? '')).toEqual(JSON.parse(theirs?.body ?? ''))
    for (const name of ['host', 'content-type', 'x-amz-target', 'x-amz-date', 'x-amz-security-token'])
      expect(ours?.headers[name], name).toBe(theirs?.headers[name])
    const signer = expect.stringContaining('Credential=AKIDEXAMPLE/20260131/eu-central-1/ssm/aws4_request')
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([signer, signer])
    expect(asked.map(isSigned)).toEqual([true, true])
  })

  it('requests ten parameters at a time, and omits those that do not exist', async () => {
    const names = Array.from({ length: 11 }, (_, index) => `NAME_${index}`)
    answers = [
      [200, found('NAME_0', 'NAME_9')],
      [200, found()],
    ]
    const values = new Map([
      ['NAME_0', 'of NAME_0'],
      ['NAME_9', 'of NAME_9'],
    ])
    expect(await readParameters(names)).toEqual(values)
    expect(asked.map(({ body }) => JSON.parse(body).Names.length)).toEqual([10, 1])
  })

  it.each([
    ['is busy', [400, '{"__type":"ThrottlingException"}'] as const],
    ['fails', [500, '<html>'] as const],
    ['breaks the connection', null],
  ])(
    'retries when Parameter Store %s, until the time is up, and then throws storage_unavailable',
    async (_, failure) => {
      const answer = failure && ([...failure] satisfies [number, string])
      answers = [...Array(6).fill(answer), [200, found('SEAL_KEY')]]
      setTimeBudgets({ parameterStoreRetriesMs: 1_000 })
      expect([...(await readParameters(['SEAL_KEY'])).values()]).toEqual(['of SEAL_KEY'])
      expect(asked).toHaveLength(7)
      answers = Array(1_000).fill(answer)
      setTimeBudgets({ parameterStoreRetriesMs: 50 })
      const unavailable = { code: 'storage_unavailable', headers: { 'retry-after': '5' } }
      await expect(readParameters(['SEAL_KEY'])).rejects.toMatchObject(unavailable)
      setTimeBudgets({ parameterStoreRetriesMs: 60_000 })
      const late = () => withDeadline(Date.now() + 600, () => readParameters(['SEAL_KEY']))
      await expect(late()).rejects.toMatchObject(unavailable)
    },
  )

  it('does not retry if its caller need not wait', async () => {
    answers = [[400, '{"__type":"ThrottlingException"}']]
    await expect(readParameters(['SEAL_KEY'], false)).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(asked).toHaveLength(1)
  })

  it('throws the AWS error of a rejected request, without a retry', async () => {
    answers = [[400, '{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not authorized"}']]
    const refused = { name: 'AccessDeniedException', message: 'not authorized', $metadata: { httpStatusCode: 400 } }
    await expect(readParameters(['SEAL_KEY'])).rejects.toMatchObject(refused)
    expect(asked).toHaveLength(1)
  })
})
