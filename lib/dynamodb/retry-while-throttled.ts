import { setTimeout } from 'node:timers/promises'
import { isStorageFailure } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { dynamodb } from './client.ts'

/** Backoff of 1, 2, 4 and up to 32 seconds, about a minute in all. */
const WAITS = 6

/**
 * Retries all further commands of this process for about a minute while DynamoDB throttles or fails, so that an import
 * of hours survives it. Nothing is retried before the first success, because then the table is probably missing.
 */
export function retryWhileThrottled(waits = WAITS): void {
  let hasSucceeded = false
  dynamodb.middlewareStack.add(
    (next) => async (args) => {
      for (let tries = 0; ; tries += 1) {
        try {
          const response = await next(args)
          hasSucceeded = true
          return response
        } catch (error) {
          if (!hasSucceeded || !isStorageFailure(error) || tries === waits) throw error
        }
        const longest = timeBudgets.databaseBackoffMs * 2 ** tries
        await setTimeout(longest / 2 + (Math.random() * longest) / 2)
      }
    },
    { step: 'initialize', priority: 'high', name: 'retryWhileThrottled' },
  )
}
