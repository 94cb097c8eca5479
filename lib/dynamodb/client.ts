import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { remainingMs } from '../core/deadline.ts'
import { Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'

/** Seconds after which a caller may try again when the store did not answer. */
const RETRY_AFTER = '5'

/** The request was not carried out, and may be repeated as it is. */
export const storageUnavailable = (cause?: unknown): Problem =>
  new Problem('storage_unavailable', `The request was not carried out: repeat it in ${RETRY_AFTER} seconds.`, {
    cause,
    headers: { 'retry-after': RETRY_AFTER },
  })

/**
 * One client a container. The SDK retries what is throttled or failing, twice more, with jitter; what still fails is
 * a `storage_unavailable` here, once for every command, except for the two answers that are no outage: a condition
 * that did not hold, and a request that DynamoDB finds malformed, which is a bug of ours.
 */
export const dynamodb = new DynamoDBClient({
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: timeBudgets.databaseConnectMs,
    requestTimeout: timeBudgets.databaseResponseMs,
    throwOnRequestTimeout: true,
    httpsAgent: { maxSockets: 64 },
    httpAgent: { maxSockets: 64 },
  },
})

// The SDK's own log copies every item to hide what is sensitive, even when nobody listens: a third of an upload's CPU.
dynamodb.middlewareStack.remove('loggerMiddleware')

dynamodb.middlewareStack.add(
  (next) => async (args) => {
    try {
      return await inTime(next(args))
    } catch (cause) {
      if (isConditionFailure(cause) || isNamed(cause, 'ValidationException')) throw cause
      throw storageUnavailable(cause)
    }
  },
  { step: 'initialize', name: 'storageUnavailable' },
)

/** What is awaited, as long as the function has time: a command that hangs must not take the answer with it. */
async function inTime<T>(pending: Promise<T>): Promise<T> {
  const left = remainingMs()
  if (left === Infinity) return pending
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the function is out of time')), Math.max(left, 0))
  })
  pending.catch(() => undefined) // It may fail after nobody listens any more.
  return Promise.race([pending, late]).finally(() => clearTimeout(timer))
}

/** The same client for tables whose items are plain objects; absent values are left out. */
export const documents = DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } })

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name

/** A conditional write found the item in another state than it asked for. */
export const isConditionFailure = (error: unknown): boolean => isNamed(error, 'ConditionalCheckFailedException')

/** Sends a conditional write, and tells whether its condition held; where it did not, nothing was written. */
export const sendIfConditionHolds = (write: Promise<unknown>): Promise<boolean> =>
  write.then(
    () => true,
    (error: unknown) => {
      if (isConditionFailure(error)) return false
      throw error
    },
  )

/** An item would grow beyond 400 KB; DynamoDB tells it from other malformed requests by its text alone. */
export const isItemTooLarge = (error: unknown): boolean =>
  isNamed(error, 'ValidationException') && error instanceof Error && /item size/i.test(error.message)

/** UNIX seconds, the unit of every TTL attribute. TTL only tidies up: whoever reads an item checks it too. */
export const unixSeconds = (ms: number): number => Math.floor(ms / 1000)

/** The same items, so many at a time. */
export async function* inChunks<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let chunk: Item[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/**
 * Runs over all items, a limited number at a time. After a failure nothing new begins; what is under way is waited
 * for, so that nothing goes on behind the answer.
 */
export async function inParallel<Item>(items: Iterable<Item>, limit: number, run: (item: Item) => Promise<void>) {
  const queue = items[Symbol.iterator]()
  const failures: unknown[] = []
  const work = async () => {
    for (let next = queue.next(); !next.done && failures.length === 0; next = queue.next()) {
      await run(next.value).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: limit }, work))
  if (failures.length > 0) throw failures[0]
}
