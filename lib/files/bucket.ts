import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { getSettings } from '../config/settings.ts'
import { Problem, storageUnavailable } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { isNamed, s3 } from './s3.ts'

/** Bytes of an object that one request reads. A longer response would wait while its rows are stored, and S3 ends it. */
const RANGE_BYTES = 8 * 1024 * 1024
const RANGE_ATTEMPTS = 3

/** A part of a transfer that S3 has stored. */
export interface ReceivedPart {
  /** From 1. */
  number: number
  /** Bytes. */
  size: number
  etag: string
}

/** Where an object is in S3. Every function of this file throws `storage_unavailable` while S3 fails. */
async function place(Key: string): Promise<{ Bucket: string; Key: string }> {
  const { FILES_BUCKET } = await getSettings('FILES_BUCKET')
  return { Bucket: FILES_BUCKET, Key }
}

/** Starts a multipart upload of an object with a media type. Returns its id, which no client needs to know. */
export async function startTransfer(key: string, type: string): Promise<string> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...(await place(key)), ContentType: type }))
  if (UploadId === undefined) throw storageUnavailable()
  return UploadId
}

/** Returns the parts that S3 has, by number; null if the transfer was completed, aborted or has expired. */
export async function receivedParts(key: string, transfer: string): Promise<ReceivedPart[] | null> {
  const input = { ...(await place(key)), UploadId: transfer }
  const received: ReceivedPart[] = []
  let PartNumberMarker: string | undefined
  try {
    do {
      const page = await s3.send(new ListPartsCommand({ ...input, PartNumberMarker }))
      for (const { PartNumber: number = 0, Size: size = 0, ETag: etag = '' } of page.Parts ?? [])
        received.push({ number, size, etag })
      PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined
    } while (PartNumberMarker !== undefined)
  } catch (error) {
    if (isNamed(error, 'NoSuchUpload')) return null
    throw error
  }
  return received
}

/**
 * Makes the object of all its parts, which `receivedParts` has returned. Succeeds too if an earlier call has made it, and
 * S3 has the object in the size of the parts. Throws `not_found` if the transfer was aborted or has expired, and
 * `storage_unavailable` if a part was sent again meanwhile.
 */
export async function completeTransfer(key: string, transfer: string, parts: readonly ReceivedPart[]): Promise<void> {
  const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }))
  const input = { ...(await place(key)), UploadId: transfer, MultipartUpload: { Parts } }
  try {
    await s3.send(new CompleteMultipartUploadCommand(input), { requestTimeout: timeBudgets.bucketWriteMs })
  } catch (error) {
    if (isNamed(error, 'InvalidPart')) throw storageUnavailable(error)
    if (!isNamed(error, 'NoSuchUpload')) throw error
    const size = parts.reduce((sum, part) => sum + part.size, 0)
    if ((await objectSize(key)) === size) return
    throw new Problem('not_found', 'The transfer of this file was aborted or has expired: create a new file.', {
      cause: error,
    })
  }
}

/** Ends a transfer and removes its parts. Does nothing if it is complete or was aborted. */
export async function abortTransfer(key: string, transfer: string): Promise<void> {
  try {
    await s3.send(new AbortMultipartUploadCommand({ ...(await place(key)), UploadId: transfer }))
  } catch (error) {
    if (!isNamed(error, 'NoSuchUpload')) throw error
  }
}

/**
 * The bytes of an object; null if it does not exist. It lists the key, because S3 denies HEAD for a missing object to a
 * role that may not list the whole bucket.
 */
export async function objectSize(key: string): Promise<number | null> {
  const { Bucket } = await place(key)
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: key, MaxKeys: 1 }))
  const [first] = Contents ?? []
  return first?.Key === key ? (first.Size ?? null) : null
}

/**
 * The bytes of an object from `start` up to `end`, without that byte, as a stream. It requests a part of the object when
 * its reader needs it, so that the reader may be slow. The stream fails with `storage_unavailable` while S3 fails, and with
 * `not_found` if the object does not exist. It is empty if the object ends before `start`.
 */
export async function readObject(key: string, start = 0, end = Infinity): Promise<Readable> {
  const input = await place(key)
  return Readable.from(readRanges(input, start, end), { objectMode: false, highWaterMark: 1 })
}

async function* readRanges(input: { Bucket: string; Key: string }, start: number, end: number) {
  let size = end
  let IfMatch: string | undefined
  for (let from = start; from < size; from += RANGE_BYTES) {
    const to = Math.min(from + RANGE_BYTES, end)
    const range = await readRange({ ...input, IfMatch, Range: `bytes=${from}-${to - 1}` })
    if (range === null) return
    size = Math.min(end, Number(range.ContentRange?.replace(/^.*\//, '')))
    IfMatch = range.ETag
    yield range.bytes
  }
}

type Range = GetObjectCommandOutput & { bytes: Uint8Array }

/** One range; null beyond the end of the object. The SDK does not retry a response whose body ends early. */
async function readRange(input: ConstructorParameters<typeof GetObjectCommand>[0]): Promise<Range | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await s3.send(new GetObjectCommand(input))
      const bytes = await response.Body?.transformToByteArray().catch((error: unknown) => {
        throw storageUnavailable(error)
      })
      if (bytes?.length !== response.ContentLength) throw storageUnavailable()
      return { ...response, bytes: bytes ?? new Uint8Array() }
    } catch (error) {
      if (isNamed(error, 'InvalidRange')) return null
      if (isNamed(error, 'NoSuchKey')) throw new Problem('not_found', 'The file does not exist.', { cause: error })
      if (attempt === RANGE_ATTEMPTS) throw error
    }
  }
}

/** Stores an object of at most 5 GB, or replaces it. */
export async function putObject(key: string, body: Uint8Array, type: string): Promise<void> {
  const input = { ...(await place(key)), Body: body, ContentType: type }
  await s3.send(new PutObjectCommand(input), { requestTimeout: timeBudgets.bucketWriteMs })
}

/** Deletes an object; does nothing if there is none. */
export async function deleteObject(key: string): Promise<void> {
  await s3.send(new DeleteObjectCommand(await place(key)))
}
