import { setTimeout } from 'node:timers/promises'
import { isStorageFailure } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { dynamodb } from './client.ts'

/** Waits of 1, 2, 4 and so on up to 32 seconds, about a minute in all: then the table is taken for gone. */
const WAITS = 6

/**
 * From here on, commands of this process are repeated while the table is throttled or does not answer. Work of hours
 * must not end because of a minute; where nothing has worked yet, though, waiting would help nobody.
 */
export function retryWhileThrottled(waits = WAITS): void {
  let worked = false
  dynamodb.middlewareStack.add(
    (next) => async (args) => {
      for (let tries = 0; ; tries += 1) {
        try {
          const answer = await next(args)
          worked = true
          return answer
        } catch (error) {
          if (!worked || !isStorageFailure(error) || tries === waits) throw error
        }
        const longest = timeBudgets.databaseBackoffMs * 2 ** tries
        await setTimeout(longest / 2 + (Math.random() * longest) / 2)
      }
    },
    { step: 'initialize', priority: 'high', name: 'patience' },
  )
}
