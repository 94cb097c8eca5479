import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import { create as contentDisposition } from 'content-disposition'
import { configuredEndpoint, serviceUrl } from '../config/aws-request.ts'
import { getSettings } from '../config/settings.ts'

/**
 * Presigned URLs of S3 (Signature Version 4 in the query). They are valid for a number of seconds, but at most as long as
 * the credentials of the function. S3 checks the permissions of the function when the URL is used. This file needs no
 * client of S3, which is a third of a bundle.
 */
interface Presigned {
  method: 'GET' | 'PUT'
  key: string
  query: Record<string, string>
  headers?: Record<string, string>
  seconds: number
}

/** The URL of the bucket as clients reach it: at a host of its own in AWS, and else at a path of the endpoint. */
async function bucketUrl(region: string): Promise<URL> {
  const { FILES_BUCKET } = await getSettings('FILES_BUCKET')
  // The local run has another address for other devices.
  const endpoint = process.env['FILES_ENDPOINT_URL'] || configuredEndpoint('S3')
  if (endpoint !== undefined) return new URL(`${endpoint.replace(/\/$/, '')}/${FILES_BUCKET}`)
  return new URL(serviceUrl('S3', 's3', region).replace('://', `://${FILES_BUCKET}.`))
}

async function presign({ method, key, query, headers = {}, seconds }: Presigned): Promise<string> {
  const region = process.env['AWS_REGION'] ?? ''
  const bucket = await bucketUrl(region)
  const signer = new SignatureV4({
    credentials: defaultProvider(),
    region,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
  })
  const path = `${bucket.pathname.replace(/\/$/, '')}/${key.split('/').map(encodeURIComponent).join('/')}`
  const request = {
    method,
    protocol: bucket.protocol,
    hostname: bucket.hostname,
    path,
    query,
    headers: { host: bucket.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers },
  }
  const { query: signed = {} } = await signer.presign(request, { expiresIn: seconds })
  const parameters = Object.entries(signed).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return `${bucket.origin}${path}?${parameters.join('&')}`
}

/**
 * URLs for the `PUT` of parts of a transfer, in the order of `parts`. S3 accepts exactly the size of each, because its
 * Content-Length is signed.
 */
export const signParts = (
  key: string,
  transfer: string,
  parts: readonly { number: number; size: number }[],
  seconds: number,
): Promise<string[]> =>
  Promise.all(
    parts.map(({ number, size }) =>
      presign({
        method: 'PUT',
        key,
        query: { partNumber: String(number), uploadId: transfer },
        headers: { 'content-length': String(size) },
        seconds,
      }),
    ),
  )

/** A URL for the `GET` of an object, which a browser saves under a name. */
export const signDownload = (
  key: string,
  { name, type }: { name: string; type: string },
  seconds: number,
): Promise<string> =>
  presign({
    method: 'GET',
    key,
    query: { 'response-content-disposition': contentDisposition(name), 'response-content-type': type },
    seconds,
  })
