import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DynamoDBDocumentClient,
  type DynamoDBDocumentClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  type UpdateCommand,
  type UpdateCommandOutput,
} from '@aws-sdk/lib-dynamodb'
import type { Command } from '@smithy/core/client'
import { beforeDeadline } from '../core/deadline.ts'
import { storageUnavailable } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { MAX_ATTEMPTS, retryStrategy } from './retry-strategy.ts'

/**
 * One client per container. Failing commands are retried twice, and throttled ones until the deadline. A command that
 * still fails throws `storage_unavailable`. Two errors pass unchanged, because they are not outages: a condition that did not
 * hold, and a malformed request, which is a bug of ours.
 */
export const dynamodb = new DynamoDBClient({
  maxAttempts: MAX_ATTEMPTS,
  // The SDK's decoder matches each value against a pattern first, which takes several times as long.
  base64Decoder: (text) => Buffer.from(text, 'base64'),
  retryStrategy,
  requestHandler: {
    connectionTimeout: timeBudgets.databaseConnectMs,
    requestTimeout: timeBudgets.databaseResponseMs,
    throwOnRequestTimeout: true,
    httpsAgent: { maxSockets: 64 },
    httpAgent: { maxSockets: 64 },
  },
})

// The SDK's logger copies every item to hide sensitive values, even without a log: a third of an upload's CPU time.
dynamodb.middlewareStack.remove('loggerMiddleware')

dynamodb.middlewareStack.add(
  (next) => async (args) => {
    try {
      return await beforeDeadline(next(args))
    } catch (cause) {
      if (isConditionFailure(cause) || isNamed(cause, 'ValidationException')) throw cause
      throw storageUnavailable(cause)
    }
  },
  { step: 'initialize', name: 'storageUnavailable' },
)

/** The same client for items that are plain objects; undefined values are not stored. */
export const documents = DynamoDBDocumentClient.from(dynamodb, { marshallOptions: { removeUndefinedValues: true } })

const isNamed = (error: unknown, name: string): error is Error => error instanceof Error && error.name === name

/** The condition of a write did not hold. */
export const isConditionFailure = (error: unknown): boolean => isNamed(error, 'ConditionalCheckFailedException')

/** The response to a conditional write; null where its condition did not hold, and nothing was written. */
export const responseIfConditionHolds = (write: UpdateCommand): Promise<UpdateCommandOutput | null> =>
  documents.send(write).catch(nullIfConditionFailed)

/** Whether the condition of a write held; where it did not, nothing was written. */
export const sendIfConditionHolds = async <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  write: Command<Input, Output, DynamoDBDocumentClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
  options?: { abortSignal: AbortSignal },
): Promise<boolean> => (await documents.send(write, options).catch(nullIfConditionFailed)) !== null

function nullIfConditionFailed(error: unknown): null {
  if (isConditionFailure(error)) return null
  throw error
}

/** An item would exceed 400 KB. Only the message distinguishes this from other malformed requests. */
export const isItemTooLarge = (error: unknown): boolean =>
  isNamed(error, 'ValidationException') && /item size/i.test(error.message)

/** A string attribute that every item of its kind has, such as a key. An empty string if the item lacks it. */
export const readString = (item: Readonly<Record<string, { S?: string | undefined }>>, name: string): string =>
  item[name]?.S ?? ''

/** UNIX seconds, the unit of TTL attributes. DynamoDB deletes expired items late, so readers check the time too. */
export const unixSeconds = (ms: number): number => Math.floor(ms / 1000)
