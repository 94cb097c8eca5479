import { S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { configuredEndpoint } from '../config/aws-request.ts'
import { beforeDeadline } from '../core/deadline.ts'
import { storageUnavailable } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'

/** Errors that callers of this client handle: S3 has understood the request, and a repeat would fail too. */
const FINAL = new Set([
  'EntityTooSmall',
  'InvalidPart',
  'InvalidPartOrder',
  'InvalidRange',
  'NoSuchKey',
  'NoSuchUpload',
  'PreconditionFailed',
])

/**
 * One client per container. S3 retries failing and throttled requests twice. A request that still fails throws
 * `storage_unavailable`, except for the errors above.
 */
export const s3 = new S3Client({
  maxAttempts: 3,
  // An endpoint that is not that of AWS has no host for each bucket.
  forcePathStyle: configuredEndpoint('S3') !== undefined,
  // TLS protects what is sent, and the size of each part is known.
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  requestHandler: {
    connectionTimeout: timeBudgets.databaseConnectMs,
    requestTimeout: timeBudgets.bucketResponseMs,
    socketTimeout: timeBudgets.bucketStallMs,
    throwOnRequestTimeout: true,
  },
})

// The SDK's logger copies every request to hide sensitive values, even without a log.
s3.middlewareStack.remove('loggerMiddleware')

s3.middlewareStack.add(
  (next) => async (args) => {
    try {
      return await beforeDeadline(next(args))
    } catch (cause) {
      throw isFinal(cause) ? cause : storageUnavailable(cause)
    }
  },
  { step: 'initialize', name: 'storageUnavailable' },
)

const isFinal = (error: unknown): boolean => error instanceof S3ServiceException && FINAL.has(error.name)

/** Whether S3 rejected a request with one of these errors. */
export const isNamed = (error: unknown, ...names: string[]): boolean =>
  error instanceof S3ServiceException && names.includes(error.name)
