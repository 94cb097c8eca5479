import type { IncomingMessage } from 'node:http'
import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import { matchesDigest, secretDigest } from '../lib/crypto/secrets.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

export const LOCAL_REGION = 'local'
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const BODY_DIGEST = 'x-amz-content-sha256'

/** Whether a request names the access key. This needs no body, so that other callers cannot make us store one. */
export const namesKey = ({ headers }: IncomingMessage, { accessKeyId }: Credentials): boolean =>
  matchesDigest(/Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1] ?? '', secretDigest(accessKeyId))

type Signed = Pick<IncomingMessage, 'method' | 'url' | 'headers'>

const signerOf = (service: string, credentials: Credentials, applyChecksum: boolean) => {
  // S3 signs the path as it is sent.
  const uriEscapePath = service !== 's3'
  return new SignatureV4({ credentials, region: LOCAL_REGION, service, sha256: Sha256, applyChecksum, uriEscapePath })
}

/** The time of a signature; null if it has none. */
export function signingDate(text: string | null | undefined): Date | null {
  const date = new Date(String(text).replace(DATE, '$1-$2-$3T$4:$5:$6Z'))
  return Number.isNaN(date.getTime()) ? null : date
}

/** The path of a request as it was sent, and its query. */
export function splitUrl(url = '/'): { path: string; query: URLSearchParams } {
  const cut = url.indexOf('?')
  return { path: cut < 0 ? url : url.slice(0, cut), query: new URLSearchParams(cut < 0 ? '' : url.slice(cut)) }
}

/** The parts of a request that are signed, with the named headers. */
function requestOf({ method = '', url, headers }: Signed, names: readonly string[]) {
  const { path, query } = splitUrl(url)
  return {
    method,
    protocol: 'http:',
    hostname: '127.0.0.1',
    path,
    // All values of each parameter, so that none can be added to a signed URL.
    query: Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)])),
    headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])),
  }
}

/**
 * Whether a request to a service has a valid AWS signature (version 4) in `authorization`: signs it again, and compares.
 * Without `body`, that of its digest in `x-amz-content-sha256`, which the caller must compare with the body.
 */
export async function isSigned(
  request: Signed,
  service: 'dynamodb' | 'lambda' | 's3',
  credentials: Credentials,
  body?: Buffer,
): Promise<boolean> {
  const { authorization = '', 'x-amz-date': date } = request.headers
  const signedNames = /SignedHeaders=([\w;-]+)/.exec(authorization)?.[1]?.split(';') ?? []
  const signedAt = signingDate(String(date))
  if (!signedNames.includes('host') || signedAt === null) return false
  if (body === undefined && !signedNames.includes(BODY_DIGEST)) return false
  const names = body === undefined ? signedNames : signedNames.filter((name) => name !== BODY_DIGEST)
  const signed = await signerOf(service, credentials, signedNames.includes(BODY_DIGEST)).sign(
    { ...requestOf(request, names), body },
    { signingDate: signedAt },
  )
  return matchesDigest(authorization, secretDigest(signed.headers['authorization'] ?? ''))
}

/** Names of query parameters that the signer adds. */
const ADDED = /^x-amz-(?:algorithm|credential|date|expires|signature|signedheaders)$/i

/**
 * Whether the URL of a request to S3 has a valid signature. `hosts` are those for which it may be signed, because a proxy
 * may replace that of the request. Does not compare its time.
 */
export async function isPresigned(
  request: Signed,
  credentials: Credentials,
  hosts: readonly string[],
): Promise<boolean> {
  const { query: sent } = splitUrl(request.url)
  const signedAt = signingDate(sent.get('X-Amz-Date'))
  const names = sent.get('X-Amz-SignedHeaders')?.split(';') ?? []
  if (signedAt === null || !names.includes('host') || names.some((name) => request.headers[name] === undefined))
    return false
  const unsigned = requestOf(request, names)
  const query = Object.entries(unsigned.query).filter(([name]) => !ADDED.test(name))
  // The signer moves it into the query, and needs it as a header for the digest of the body.
  const digest = query.filter(([name]) => name.toLowerCase() === BODY_DIGEST)
  const expiresIn = Number(sent.get('X-Amz-Expires'))
  for (const host of hosts) {
    const { query: signed = {} } = await signerOf('s3', credentials, true).presign(
      {
        ...unsigned,
        query: Object.fromEntries(query),
        headers: {
          ...unsigned.headers,
          host,
          ...Object.fromEntries(digest.map(([name, values]) => [name, values.join()])),
        },
      },
      { signingDate: signedAt, expiresIn },
    )
    const signature = String(signed['X-Amz-Signature'])
    if (matchesDigest(sent.get('X-Amz-Signature') ?? '', secretDigest(signature))) return true
  }
  return false
}
