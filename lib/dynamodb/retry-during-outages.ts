import { setTimeout } from 'node:timers/promises'
import { isStorageFailure } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { dynamodb } from './client.ts'
import { isThrottled } from './retry-strategy.ts'

/** Backoff of 1, 2, 4 and up to 32 seconds, about a minute in all. */
const WAITS = 6

/**
 * Retries all further commands of this process for about a minute while DynamoDB fails, so that an import of hours
 * survives it. Nothing is retried before the first success, because then the table is probably missing. Throttled
 * commands are retried by the client itself.
 */
export function retryDuringOutages(waits = WAITS): void {
  let hasSucceeded = false
  dynamodb.middlewareStack.add(
    (next) => async (args) => {
      for (let tries = 0; ; tries += 1) {
        try {
          const response = await next(args)
          hasSucceeded = true
          return response
        } catch (error) {
          const isOutage = isStorageFailure(error) && !isThrottled(error.cause)
          if (!hasSucceeded || !isOutage || tries === waits) throw error
        }
        const longest = timeBudgets.databaseBackoffMs * 2 ** tries
        await setTimeout(longest / 2 + (Math.random() * longest) / 2)
      }
    },
    { step: 'initialize', priority: 'high', name: 'retryDuringOutages' },
  )
}
