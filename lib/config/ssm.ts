import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod/mini'
import { parseJsonOrUndefined } from '../core/json.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { AwsError, sendAwsRequest, serviceUrl } from './aws-request.ts'

/** GetParameters accepts ten names. */
const BATCH_SIZE = 10
const MAX_ATTEMPTS = 4

const responseBody = z.object({ Parameters: z.array(z.object({ Name: z.string(), Value: z.string() })) })

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
  const region = process.env['AWS_REGION'] ?? ''
  const url = parameterStoreUrl(region)
  const { parameterStoreMs: timeoutMs } = timeBudgets
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendAwsRequest({ service: 'ssm', region, url, target: 'AmazonSSM.GetParameters', body, timeoutMs })
    } catch (error) {
      const isRetryable = !(error instanceof AwsError) || error.isTemporary
      if (attempt === MAX_ATTEMPTS || !isRetryable) throw error
      await sleep(timeBudgets.parameterStoreBackoffMs * 2 ** (attempt - 1) * Math.random())
    }
  }
}

/** The endpoint of Parameter Store: as AWS_ENDPOINT_URL_SSM or AWS_ENDPOINT_URL configure it, or that of the region. */
export const parameterStoreUrl = (region: string): string => serviceUrl('SSM', 'ssm', region)
