import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import Negotiator from 'negotiator'
import type { Request } from './request.ts'
import type { LambdaResponse } from './response.ts'

/** Characters from which a body is compressed. Shorter ones fit into one network packet. */
const MIN_CHARACTERS = 1_400

const compress = promisify(gzip)

/**
 * Compresses the text of a response if the client accepts gzip and the result is shorter. Lambda requires bytes in
 * base64, a third longer, and its limit applies to those.
 */
export async function compressText<T extends LambdaResponse>({ headers }: Request, response: T): Promise<T> {
  const { body = '', headers: { vary, ...others } = {} } = response
  const varying = { ...others, vary: vary === undefined ? 'accept-encoding' : `${vary}, accept-encoding` }
  const plain = { ...response, headers: varying }
  const accepted = new Negotiator({ headers: { 'accept-encoding': headers['accept-encoding'] ?? 'identity' } })
  if (body.length < MIN_CHARACTERS || accepted.encoding(['gzip', 'identity']) !== 'gzip') return plain
  // The fastest level: on a small Lambda function, a higher one takes longer than it saves on the network.
  const base64 = (await compress(body, { level: constants.Z_BEST_SPEED })).toString('base64')
  if (base64.length >= body.length) return plain
  return { ...plain, headers: { ...varying, 'content-encoding': 'gzip' }, body: base64, isBase64Encoded: true }
}
