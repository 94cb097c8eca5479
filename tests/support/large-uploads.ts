import * as z from 'zod'
import { Problem, type ValidationIssue } from '../../lib/core/problem.ts'
import { DEFAULT_TIME_COLUMNS } from '../../lib/core/time-columns.ts'
import { toBlocks } from '../../lib/measurements/blocks.ts'
import type {
  LargeUpload,
  LargeUploadOutcome,
  ReadBytes,
  ShownProgress,
} from '../../lib/measurements/large/large-upload.ts'
import { parseUpload } from '../../lib/measurements/parse-upload.ts'
import { rowContents } from '../../lib/measurements/row-contents.ts'
import { numberRows } from '../../lib/measurements/store/numbered-rows.ts'
import { type StoredBlock, toBlock } from '../../lib/measurements/store/read-blocks.ts'
import { uploadOptions } from '../../lib/measurements/upload-options.ts'
import { startVirtualDatabase } from './virtual-database.ts'

export type Options = Readonly<Record<string, string>>

export const RECEIVED_AT = Date.UTC(2024, 5, 1)

/** What a reader sees: rows, in any order, and the columns of each source. */
export interface Stored {
  count: number
  rows: string[]
  columns: Record<string, string[]>
  warnings: string[]
}

/** What becomes of a file: its rows, or an error. */
export type Result = Stored | { code: string; message: string; issues: readonly ValidationIssue[] }

const failure = ({ code, message, issues }: Problem): Result => ({ code, message, issues })

/** What differs between two results, in few lines. */
export function differences(actual: Result, expected: Result) {
  if (!('rows' in actual && 'rows' in expected))
    return JSON.stringify(actual) === JSON.stringify(expected)
      ? {}
      : { actual: brief(actual), expected: brief(expected) }
  const [rows, expectedRows] = [new Set(actual.rows), new Set(expected.rows)]
  const lists = {
    missing: [...expectedRows.difference(rows)].slice(0, 3),
    surplus: [...rows.difference(expectedRows)].slice(0, 3),
    warnings: [...new Set(actual.warnings).symmetricDifference(new Set(expected.warnings))],
    numbers:
      actual.count === expected.count && actual.rows.length === expected.rows.length
        ? []
        : [actual.count, expected.count, actual.rows.length, expected.rows.length],
    columns:
      JSON.stringify(actual.columns) === JSON.stringify(expected.columns) ? [] : [actual.columns, expected.columns],
  }
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))
}

const brief = (result: Result) => ('rows' in result ? { count: result.count, warnings: result.warnings } : result)

/** The rows of blocks as a reader sees them: the union of their numbered rows. */
export function readRows(blocks: Iterable<StoredBlock>): Pick<Stored, 'rows' | 'columns'> {
  const rows = new Set<string>()
  const untimed: string[] = []
  const columns = new Map<string, Set<string>>()
  for (const block of blocks) {
    const known = columns.get(block.source) ?? new Set()
    columns.set(block.source, known)
    for (const name of block.columns.keys()) known.add(name)
    const contentOf = rowContents(block)
    if (block.timeColumn === null)
      for (let row = 0; row < block.rows; row += 1) untimed.push(`${block.source} without time ${contentOf(row)}`)
    else for (const { identity } of numberRows(block)) rows.add(`${block.source} ${identity}`)
  }
  return {
    rows: [...rows, ...untimed].sort(),
    columns: Object.fromEntries([...columns].sort().map(([source, names]) => [source, [...names].sort()])),
  }
}

/** What `POST /upload` stores of a body, and what it responds. */
export async function uploadAtOnce(type: string, body: Uint8Array, texts: Options = {}): Promise<Result> {
  const settings = { ACCEPT_COLUMNS: /^(?!dropped$)/, TEXT_COLUMNS: ['id'] }
  const context = {
    timeColumns: DEFAULT_TIME_COLUMNS,
    participant: undefined,
    receivedAt: RECEIVED_AT,
    uploadId: 'request 1',
  }
  try {
    const { options, table, warnings } = await parseUpload(type, body, uploadOptions.parse(texts), settings)
    const blocks = toBlocks(table, { ...context, timeOptions: options }, warnings)
    const { warnings: sentences = [] } = warnings.report(options.strict ?? false)
    const receipt = { receivedAt: RECEIVED_AT, matchedChecksums: [], failedChecksums: [], last: 0 }
    return {
      count: table.rows,
      ...readRows(blocks.map((block) => ({ ...block, ...receipt }))),
      warnings: sentences.sort(),
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return failure(error)
  }
}

/** The same result without bytes: those of an upload count UTF-8, those of a file its own charset. */
export function withoutBytes(result: Result): Result {
  if ('rows' in result) return result
  return {
    code: result.code,
    message: result.message.replace(/ \(from byte \d+ on\)/, ''),
    issues: result.issues.map((issue) => ({ ...issue, byte: 0 })),
  }
}

/** A failure at a step of a run, after which the next run continues. */
export class Crash extends Error {}

/** A file that need not be in memory. */
export interface Content {
  size: number
  read: ReadBytes
}

const contentOf = (body: Uint8Array): Content => ({
  size: body.length,
  read: async (start, end) => body.subarray(start, end),
})

export interface PartsOptions {
  options?: Options
  partBytes?: number
  /** Called at each step of the work; true ends the run there. */
  crash?: (step: 'read' | 'block' | 'before saving' | 'after saving') => boolean
  upload?: Partial<LargeUpload>
  /** Receives what is saved and shown. */
  onSave?: (progress: object, shown: ShownProgress) => void
}

const item = z.looseObject({ series: z.object({ S: z.string() }), layout: z.unknown() })

/** A database in memory, and functions that store files in it. */
export async function startFiles() {
  const items = await startVirtualDatabase(() => undefined, 0)
  const { storeLargeUpload } = await import('../../lib/measurements/large/store-large-upload.ts')

  /** Stores a file, in as many runs as crashes make necessary. */
  async function storeFile(type: string, content: Uint8Array | Content, parts: PartsOptions = {}) {
    const { size, read: readContent } = content instanceof Uint8Array ? contentOf(content) : content
    const { options = {}, partBytes = 4_000_000, crash = () => false } = parts
    const upload: LargeUpload = {
      ...{ fileId: 'f1', type, options, owner: { clientId: 'c' }, receivedAt: RECEIVED_AT, size },
      attributesOf: () => (crash('block') ? fail() : {}),
      ...parts.upload,
    }
    const read = async (start: number, end: number) => (crash('read') ? fail() : readContent(start, end))
    let progress: string | undefined
    let runs = 0
    const save = async (next: object, shown: ShownProgress) => {
      parts.onSave?.(next, shown)
      if (crash('before saving')) fail()
      progress = JSON.stringify(next)
      if (crash('after saving')) fail()
    }
    for (;;) {
      runs += 1
      try {
        const saved = progress === undefined ? undefined : JSON.parse(progress)
        const deadline = Date.now() + 600_000
        return { runs, outcome: await storeLargeUpload(upload, read, saved, save, deadline, { partBytes }) }
      } catch (error) {
        if (!(error instanceof Crash)) throw error
      }
    }
  }

  /** One run with a deadline. */
  const runOnce = (type: string, body: Uint8Array, { deadlineMs }: { deadlineMs: number }) => {
    const upload: LargeUpload = {
      ...{ fileId: 'f1', type, options: {}, owner: { clientId: 'c' }, receivedAt: RECEIVED_AT, size: body.length },
      attributesOf: () => ({}),
    }
    return storeLargeUpload(upload, contentOf(body).read, undefined, async () => {}, Date.now() + deadlineMs)
  }

  const storedBlocks = () =>
    [...items.values()].flatMap((value) => {
      const { data } = item.safeParse(value)
      if (data?.layout === undefined) return []
      return [toBlock(data.series.S.slice(data.series.S.indexOf('#') + 1), attributes.parse(value))]
    })

  return {
    items,
    storeFile,
    runOnce,
    storedBlocks,
    /** What is stored of a file in parts. */
    async uploadInParts(type: string, body: Uint8Array, parts: PartsOptions = {}): Promise<Result> {
      items.clear()
      const { outcome } = await storeFile(type, body, parts)
      return resultOf(outcome)
    },
  }

  function resultOf(outcome: LargeUploadOutcome): Result {
    if (outcome.state === 'failed') {
      if (items.size > 0) throw new Error('rows of a failed file are stored')
      return failure(outcome.problem)
    }
    if (outcome.state === 'unfinished') throw new Error('the file is not finished')
    const { 'saved-in-db': count, warnings = [] } = outcome.result
    return { count, ...readRows(storedBlocks()), warnings: warnings.sort() }
  }
}

function fail(): never {
  throw new Crash()
}

interface Attribute {
  N?: string | undefined
  S?: string | undefined
  BOOL?: boolean | undefined
  B?: Uint8Array | undefined
  NULL?: boolean | undefined
  L?: Attribute[] | undefined
  M?: Record<string, Attribute> | undefined
}
const attribute: z.ZodType<Attribute> = z.lazy(() =>
  z.object({
    N: z.string().optional(),
    S: z.string().optional(),
    BOOL: z.boolean().optional(),
    B: z
      .string()
      .transform((text): Uint8Array => Buffer.from(text, 'base64'))
      .optional(),
    NULL: z.boolean().optional(),
    L: z.array(attribute).optional(),
    M: z.record(z.string(), attribute).optional(),
  }),
)
const attributes = z.record(z.string(), attribute)
