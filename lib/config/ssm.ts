import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import * as z from 'zod/mini'
import { parseJsonOrUndefined } from '../core/json.ts'
import { timeBudgets } from '../core/time-budgets.ts'

/** GetParameters accepts ten names. */
const BATCH_SIZE = 10
const MAX_ATTEMPTS = 4

const responseBody = z.object({ Parameters: z.array(z.object({ Name: z.string(), Value: z.string() })) })
const errorBody = z.partial(z.object({ __type: z.string(), message: z.string(), Message: z.string() }))

/** An error of Parameter Store, with the name and message that the SDK would give it: the log relies on them. */
class ParameterStoreError extends Error {
  readonly $metadata: { httpStatusCode: number }
  constructor(status: number, body: string) {
    const { __type = 'UnknownError', message, Message } = errorBody.safeParse(parseJsonOrUndefined(body)).data ?? {}
    super(message ?? Message ?? '')
    this.name = __type.replace(/^.*#/, '')
    this.$metadata = { httpStatusCode: status }
  }
}

/**
 * Returns the decrypted values of `<PARAMETER_PATH>/<name>` in SSM Parameter Store, by name. Missing parameters are
 * omitted; without `PARAMETER_PATH`, as in the local run, all are. Throws if Parameter Store fails.
 */
export async function readParameters(names: readonly string[]): Promise<Map<string, string>> {
  const path = process.env['PARAMETER_PATH']
  const values = new Map<string, string>()
  if (!path || names.length === 0) return values
  for (let start = 0; start < names.length; start += BATCH_SIZE) {
    const Names = names.slice(start, start + BATCH_SIZE).map((name) => `${path}/${name}`)
    const { Parameters } = responseBody.parse(
      parseJsonOrUndefined(await getParameters(JSON.stringify({ Names, WithDecryption: true }))),
    )
    for (const { Name, Value } of Parameters) values.set(Name.slice(path.length + 1), Value)
  }
  return values
}

/** Retries if Parameter Store does not respond, fails or throttles. */
async function getParameters(body: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendRequest(body)
    } catch (error) {
      const isRetryable =
        !(error instanceof ParameterStoreError) ||
        error.$metadata.httpStatusCode >= 500 ||
        /^Throttl|^TooMany/.test(error.name)
      if (attempt === MAX_ATTEMPTS || !isRetryable) throw error
      await sleep(timeBudgets.parameterStoreBackoffMs * 2 ** (attempt - 1) * Math.random())
    }
  }
}

/**
 * One request, signed by the SDK's signer. The SDK's client would be a tenth of a bundle, and half of one without a
 * table, because it carries every command of Parameter Store.
 */
async function sendRequest(body: string): Promise<string> {
  const region = process.env['AWS_REGION'] ?? ''
  const url = new URL(parameterStoreUrl(region))
  const signer = new SignatureV4({ credentials: defaultProvider(), region, service: 'ssm', sha256: Sha256 })
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.GetParameters',
    },
    body,
  })
  // Loaded on first use: most calls find every setting in the environment, and an import would slow down each start.
  const { request } = process.getBuiltinModule(url.protocol === 'http:' ? 'node:http' : 'node:https')
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, signal: AbortSignal.timeout(timeBudgets.parameterStoreMs) }
    const outgoing = request(url, options, (response) => {
      const { statusCode = 0 } = response
      text(response).then(
        (responseText) =>
          statusCode === 200 ? resolve(responseText) : reject(new ParameterStoreError(statusCode, responseText)),
        reject,
      )
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/** The endpoint of Parameter Store: as AWS_ENDPOINT_URL_SSM or AWS_ENDPOINT_URL configure it, or that of the region. */
export function parameterStoreUrl(region: string): string {
  const configured = process.env['AWS_ENDPOINT_URL_SSM'] || process.env['AWS_ENDPOINT_URL']
  return configured || `https://ssm.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`
}
