import type { DataOwner } from '../../core/caller.ts'
import type { Problem } from '../../core/problem.ts'
import type { Block } from '../blocks.ts'

/** A large file of measurements that is complete in the bucket. */
export interface LargeUpload {
  fileId: string
  /** Content-Type, with its parameters. */
  type: string
  /** The texts of upload options, which `uploadOptions` has validated. */
  options: Readonly<Record<string, string>>
  owner: DataOwner
  /** When the transfer was completed, in UNIX milliseconds. */
  receivedAt: number
  /** Bytes. */
  size: number
  /** Attributes of a block's item that belong to another domain, such as the mark of blocks to forward. */
  attributesOf: (block: Block) => Readonly<Record<string, { S: string }>>
}

/** Reads the bytes of the file from `start` to `end`, without `end`. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>

/** What the status of a file shows: the rows that are stored so far, and how many of its bytes are processed. */
export interface ShownProgress {
  rows: number
  bytes: number
}

/** Saves progress, an object that JSON holds in less than `MAX_PROGRESS_BYTES`. */
export type SaveProgress = (progress: object, shown: ShownProgress) => Promise<void>

export type LargeUploadOutcome =
  | { state: 'stored'; result: { 'saved-in-db': number; warnings?: string[] } }
  | { state: 'failed'; problem: Problem }
  /** The deadline has come. The next run continues from the progress that was saved last. */
  | { state: 'unfinished' }

/** One item of DynamoDB has the progress, besides the other facts of the file. */
export const MAX_PROGRESS_BYTES = 200_000
