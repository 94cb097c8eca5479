import { sendAwsRequest, serviceUrl } from '../config/aws-request.ts'
import { getSettings } from '../config/settings.ts'
import { remainingMs } from '../core/deadline.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { log } from '../observability/log.ts'

/** Work of the function `processFiles`, by the id of a file or an export. */
export type Work = { file: string } | { export: string }

/**
 * Calls the function `processFiles` asynchronously, so that work starts at once. Never rejects: if the call fails, the
 * schedule of the function starts the work within a minute.
 */
export async function startWork(work: Work): Promise<void> {
  try {
    const { PROCESS_FILES_FUNCTION } = await getSettings('PROCESS_FILES_FUNCTION')
    const region = process.env['AWS_REGION'] ?? ''
    const url = serviceUrl('LAMBDA', 'lambda', region).replace(/\/$/, '')
    await sendAwsRequest({
      service: 'lambda',
      region,
      url: `${url}/2015-03-31/functions/${PROCESS_FILES_FUNCTION}/invocations`,
      headers: { 'x-amz-invocation-type': 'Event' },
      body: JSON.stringify(work),
      timeoutMs: Math.max(Math.floor(Math.min(timeBudgets.startWorkMs, remainingMs())), 0),
    })
  } catch (cause) {
    log('work_not_started', { cause })
  }
}
