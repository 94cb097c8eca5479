import { randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { compressText } from '../../../lib/http/compress.ts'
import { text } from '../../../lib/http/response.ts'
import { requestWith } from '../../support/requests.ts'

const LONG = 'time,co2\r\n'.repeat(1_000)
const responseTo = (acceptEncoding: string | undefined, body = LONG, headers = {}) =>
  compressText(
    requestWith(acceptEncoding === undefined ? {} : { 'accept-encoding': acceptEncoding }),
    text('text/csv', body, headers),
  )

describe('a response', () => {
  // Lambda needs base64 and the flag: dherault/serverless-offline#306, aws/aws-sam-cli#3004.
  it.each(['gzip', 'gzip, deflate, br', 'GZIP;q=0.5', '*', 'br, gzip'])('is compressed for "%s"', async (accepted) => {
    const { body = '', isBase64Encoded, headers } = await responseTo(accepted, LONG, { vary: 'accept' })
    expect(isBase64Encoded).toBe(true)
    expect(headers).toEqual({ 'content-type': 'text/csv', vary: 'accept, accept-encoding', 'content-encoding': 'gzip' })
    expect(gunzipSync(Buffer.from(body, 'base64')).toString()).toBe(LONG)
  })

  // Compressed for clients that cannot read it: CodeGenieApp/serverless-express#74.
  it.each([undefined, '', 'identity', 'br', 'gzip;q=0', 'identity, gzip;q=0.5', '*;q=0'])(
    'is text for %j, and varies',
    async (accepted) => {
      expect(await responseTo(accepted)).toEqual({
        statusCode: 200,
        headers: { 'content-type': 'text/csv', vary: 'accept-encoding' },
        body: LONG,
      })
    },
  )

  it.each([
    ['short', 'a'.repeat(1_399)],
    ['no shorter in base64', randomBytes(3_000).toString('base64')],
  ])('is text if it is %s', async (_, body) => {
    expect(await responseTo('gzip', body)).toMatchObject({ body })
  })
})
