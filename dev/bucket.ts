import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { accessDenied, S3Error } from './s3/error.ts'
import { type BucketResponse, respond, xml } from './s3/operations.ts'
import { type BucketStore, bucketStore } from './s3/store.ts'
import { type Credentials, isPresigned, isSigned, signingDate, splitUrl } from './signed-request.ts'

/** S3 rejects requests that were signed earlier or later than this. */
const CLOCK_SKEW_MS = 15 * 60_000
/** The longest validity of a presigned URL. */
const MAX_SECONDS = 7 * 24 * 3_600
const UNSIGNED = 'UNSIGNED-PAYLOAD'

export interface LocalBucket {
  store: BucketStore
  /** Whether the path of a request is one of the bucket. */
  serves(request: IncomingMessage): boolean
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}

interface BucketOptions {
  name: string
  folder: string
  credentials: Credentials
  /** Origins whose pages may send parts. */
  origins: () => readonly string[]
  /** The host in presigned URLs, if a proxy replaces it in requests. */
  publicHost?: string | undefined
}

/**
 * The part of S3 that Latchkey uses, on a folder, by path (`/<bucket>/<key>`). It serves only requests with a signature of
 * its credentials, in the header or in the query. Bodies go to the disk as they arrive.
 */
export function localBucket(options: BucketOptions): LocalBucket {
  const { name, folder, credentials, origins, publicHost } = options
  const store = bucketStore(folder)
  const path = `/${name}`

  async function answer(request: IncomingMessage): Promise<BucketResponse> {
    const { method = 'GET', headers } = request
    const { path: sentPath, query } = splitUrl(request.url)
    const key = decodeKey(sentPath.slice(path.length + 1))
    const size = Number(headers['content-length'] ?? 0)
    if (method === 'PUT' && headers['content-length'] === undefined)
      throw new S3Error(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.')
    const digest = await authenticate(request, query)
    const body = { stream: request, size, sha256: digest === UNSIGNED ? undefined : digest }
    return respond(store, name, { method, key, query, headers, body })
  }

  /** The digest of the body that is signed. Throws an S3Error unless the signature is valid. */
  async function authenticate(request: IncomingMessage, query: URLSearchParams): Promise<string> {
    const now = Date.now()
    if (!query.has('X-Amz-Signature')) {
      const digest = String(request.headers['x-amz-content-sha256'])
      const signedAt = signingDate(String(request.headers['x-amz-date']))?.getTime() ?? 0
      if (!(await isSigned(request, 's3', credentials))) throw wrongSignature()
      if (Math.abs(now - signedAt) > CLOCK_SKEW_MS)
        throw new S3Error(403, 'RequestTimeTooSkewed', 'The time of the signature is too far from the present.')
      if (digest !== UNSIGNED && !/^[\da-f]{64}$/.test(digest))
        throw new S3Error(501, 'NotImplemented', 'The local bucket accepts no signed chunks.')
      return digest
    }
    const seconds = Number(query.get('X-Amz-Expires'))
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_SECONDS)
      throw new S3Error(
        400,
        'AuthorizationQueryParametersError',
        'X-Amz-Expires must be a number of seconds in a week.',
      )
    const hosts = [request.headers.host, publicHost].filter((host) => host !== undefined)
    if (!(await isPresigned(request, credentials, hosts))) throw wrongSignature()
    const signedAt = signingDate(query.get('X-Amz-Date'))?.getTime() ?? 0
    if (now > signedAt + seconds * 1000) throw accessDenied('Request has expired')
    if (signedAt > now + CLOCK_SKEW_MS) throw accessDenied('Request is not yet valid')
    return UNSIGNED
  }

  return {
    store,
    serves({ url = '' }) {
      return url === path || url.startsWith(`${path}/`) || url.startsWith(`${path}?`)
    },
    async handle(request, response) {
      const cors = corsHeaders(request, origins())
      const isPreflight = request.method === 'OPTIONS'
      const { status, headers, body } = isPreflight
        ? { status: 'access-control-allow-origin' in cors ? 200 : 403, headers: {}, body: undefined }
        : await answer(request).catch((error: unknown) => errorResponse(error, request))
      for (const [header, value] of Object.entries({ ...headers, ...cors })) response.setHeader(header, value)
      response.statusCode = status
      if (body instanceof Readable) await pipeline(body, response).catch(() => response.destroy())
      else response.end(request.method === 'HEAD' ? undefined : body)
    },
  }
}

const wrongSignature = () =>
  new S3Error(403, 'SignatureDoesNotMatch', 'The signature does not match the request, its size or the access key.')

function decodeKey(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new S3Error(400, 'InvalidURI', 'The path is not a valid URI.')
  }
}

function errorResponse(error: unknown, request: IncomingMessage): BucketResponse {
  if (error instanceof S3Error) return xml({ Error: { Code: error.code, Message: error.message } }, error.status)
  // Callers may leave before they have sent everything.
  if (request.errored === null) console.error(error)
  return xml({ Error: { Code: 'InternalError', Message: 'The local bucket failed.' } }, 500)
}

/** As the CORS rules of the deployed bucket: see dev/files-bucket.ts. */
function corsHeaders({ method, headers }: IncomingMessage, origins: readonly string[]): Record<string, string> {
  const { origin, 'access-control-request-method': requested = method } = headers
  const isRead = requested === 'GET' || requested === 'HEAD'
  const allowed = isRead ? '*' : origins.find((one) => one === '*' || one === origin)
  if (origin === undefined || allowed === undefined) return {}
  return {
    'access-control-allow-origin': allowed,
    'access-control-allow-methods': isRead ? 'GET, HEAD' : 'PUT',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '',
    'access-control-expose-headers': isRead ? 'Content-Disposition, Content-Range, ETag' : 'ETag',
    'access-control-max-age': '600',
    vary: 'Origin',
  }
}
