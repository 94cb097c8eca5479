import { text } from 'node:stream/consumers'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import * as z from 'zod/mini'
import { parseJsonOrUndefined } from '../core/json.ts'

const errorBody = z.partial(z.object({ __type: z.string(), message: z.string(), Message: z.string() }))

/** An error of an AWS service, with the name and message that the SDK would give it: the log relies on them. */
export class AwsError extends Error {
  readonly $metadata: { httpStatusCode: number }
  constructor(status: number, name: string, message = '') {
    super(message)
    this.name = name
    this.$metadata = { httpStatusCode: status }
  }

  /** Whether the service fails or throttles, so that the same request may succeed later. */
  get isTemporary(): boolean {
    return this.$metadata.httpStatusCode >= 500 || /^Throttl|^TooMany|^Internal/.test(this.name)
  }
}

/** `type` is the header in which REST services such as Lambda name the error. */
function parseError(status: number, type: string, body: string): AwsError {
  const { __type, message, Message } = errorBody.safeParse(parseJsonOrUndefined(body)).data ?? {}
  const name = (__type ?? type).replace(/^.*#/, '').replace(/:.*$/, '')
  return new AwsError(status, name || 'UnknownError', message ?? Message)
}

interface AwsRequest {
  /** The name of the service in signatures. */
  service: 'events' | 'lambda' | 'ssm'
  region: string
  /** With the path of a REST service. */
  url: string
  /** Of the header `x-amz-target`: the API and the action of a service without paths. */
  target?: string
  /** Others than that. */
  headers?: Readonly<Record<string, string>>
  /** JSON. */
  body: string
  timeoutMs: number
}

/**
 * Posts one request of JSON to an AWS service, signed by the SDK's signer, and returns the body of the response. Throws an
 * `AwsError` if the service rejects it. An SDK client would be a tenth of a bundle, and half of one without a
 * table, because it carries every command of its service.
 */
export async function sendAwsRequest(awsRequest: AwsRequest): Promise<string> {
  const { service, region, target, body, timeoutMs } = awsRequest
  const contentType = `application/${target === undefined ? 'json' : 'x-amz-json-1.1'}`
  const url = new URL(awsRequest.url)
  const signer = new SignatureV4({ credentials: defaultProvider(), region, service, sha256: Sha256 })
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: {
      host: url.host,
      'content-type': contentType,
      ...(target !== undefined && { 'x-amz-target': target }),
      ...awsRequest.headers,
    },
    body,
  })
  // Loaded on first use: most calls find every setting in the environment, and an import would slow down each start.
  const { request } = process.getBuiltinModule(url.protocol === 'http:' ? 'node:http' : 'node:https')
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, signal: AbortSignal.timeout(timeoutMs) }
    const outgoing = request(url, options, (response) => {
      const { statusCode = 0, headers: responseHeaders } = response
      const isAccepted = statusCode >= 200 && statusCode < 300
      text(response).then((responseText) => {
        if (isAccepted) resolve(responseText)
        else reject(parseError(statusCode, String(responseHeaders['x-amzn-errortype'] ?? ''), responseText))
      }, reject)
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

type ServiceId = 'EVENTBRIDGE' | 'LAMBDA' | 'S3' | 'SSM'

/** The endpoint that AWS_ENDPOINT_URL_<id> or AWS_ENDPOINT_URL configure, if any. */
export const configuredEndpoint = (id: ServiceId): string | undefined =>
  process.env[`AWS_ENDPOINT_URL_${id}`] || process.env['AWS_ENDPOINT_URL'] || undefined

/**
 * The URL of a service: as AWS_ENDPOINT_URL_<id> or AWS_ENDPOINT_URL configure it, or that of the region. The SDK has the
 * same ids.
 */
export function serviceUrl(id: ServiceId, service: AwsRequest['service'] | 's3', region: string): string {
  return (
    configuredEndpoint(id) ??
    `https://${service}.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`
  )
}
