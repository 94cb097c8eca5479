import * as z from 'zod/mini'
import { remainingMs } from '../core/deadline.ts'
import { parseJsonOrUndefined } from '../core/json.ts'
import { storageUnavailable } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { AwsError, sendAwsRequest, serviceUrl } from './aws-request.ts'

/** GetParameters accepts ten names. */
const BATCH_SIZE = 10

const responseBody = z.object({ Parameters: z.array(z.object({ Name: z.string(), Value: z.string() })) })

/**
 * Returns the decrypted values of `<PARAMETER_PATH>/<name>` in SSM Parameter Store, by name. Missing parameters are
 * omitted; without `PARAMETER_PATH`, as in the local run, all are. While Parameter Store throttles, fails or does not
 * respond, it retries until the deadline of the request, unless `canRetry` is false. Then it throws
 * `storage_unavailable`. Throws an `AwsError` if Parameter Store rejects the request.
 */
export async function readParameters(names: readonly string[], canRetry = true): Promise<Map<string, string>> {
  const path = process.env['PARAMETER_PATH']
  const values = new Map<string, string>()
  if (!path || names.length === 0) return values
  for (let start = 0; start < names.length; start += BATCH_SIZE) {
    const Names = names.slice(start, start + BATCH_SIZE).map((name) => `${path}/${name}`)
    const { Parameters } = responseBody.parse(
      parseJsonOrUndefined(await getParameters(JSON.stringify({ Names, WithDecryption: true }), canRetry)),
    )
    for (const { Name, Value } of Parameters) values.set(Name.slice(path.length + 1), Value)
  }
  return values
}

async function getParameters(body: string, canRetry: boolean): Promise<string> {
  const region = process.env['AWS_REGION'] ?? ''
  const request = { service: 'ssm', region, url: parameterStoreUrl(region), target: 'AmazonSSM.GetParameters' } as const
  const { parameterStoreMs, parameterStoreBackoffMs, parameterStoreLongestBackoffMs } = timeBudgets
  let waitedMs = 0
  for (let retries = 0; ; retries += 1) {
    try {
      const timeoutMs = Math.max(Math.floor(Math.min(parameterStoreMs, remainingMs())), 0)
      return await sendAwsRequest({ ...request, body, timeoutMs })
    } catch (error) {
      if (error instanceof AwsError && !error.isTemporary) throw error
      // Full jitter: a sudden load starts many containers at once, and the account may send 40 requests a second.
      const waitMs = Math.random() * Math.min(parameterStoreBackoffMs * 2 ** retries, parameterStoreLongestBackoffMs)
      waitedMs += waitMs
      const isLate = waitMs >= remainingMs() || waitedMs > timeBudgets.parameterStoreRetriesMs
      if (!canRetry || isLate) throw storageUnavailable(error)
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }
}

/** The endpoint of Parameter Store: as AWS_ENDPOINT_URL_SSM or AWS_ENDPOINT_URL configure it, or that of the region. */
export const parameterStoreUrl = (region: string): string => serviceUrl('SSM', 'ssm', region)
