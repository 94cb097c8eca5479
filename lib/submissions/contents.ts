import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { documents } from '../dynamodb/client.ts'
import type { Attempt } from './attempts.ts'
import { CHUNK_BYTES } from './limits.ts'

const CHUNKS_AT_ONCE = 8

/** Chunks belong to the attempt that has written them. */
type Owner = Pick<Attempt, 'id' | 'attempt'>

const chunkItem = z.object({ content: z.instanceof(Uint8Array) })

const table = async () => (await getSettings('SUBMISSIONS_TABLE')).SUBMISSIONS_TABLE

const chunkKey = ({ id, attempt }: Owner, number: number) => ({
  submission: id,
  piece: `chunk#${attempt}#${String(number).padStart(4, '0')}`,
})

const forEachChunk = (numbers: Iterable<number>, run: (number: number) => Promise<void>) =>
  inParallel(numbers, CHUNKS_AT_ONCE, run)

export const chunksOf = (contents: Uint8Array): number => Math.ceil(contents.length / CHUNK_BYTES)

interface WriteOptions {
  /** UNIX seconds; undefined for never. */
  expiresAt: number | undefined
  /** Whether some chunks may exist. Reading one costs a twentieth of writing it. */
  mayExist: boolean
  abortSignal: AbortSignal
}

/** Writes the contents of an attempt in chunks. */
export async function putContents(
  owner: Owner,
  contents: Uint8Array,
  { expiresAt, mayExist, abortSignal }: WriteOptions,
): Promise<void> {
  const TableName = await table()
  await forEachChunk(Array(chunksOf(contents)).keys(), async (number) => {
    const content = contents.subarray(number * CHUNK_BYTES, (number + 1) * CHUNK_BYTES)
    const found = mayExist ? await findChunk(owner, number, abortSignal) : null
    if (found && Buffer.compare(found, content) === 0) return
    const expiry = expiresAt !== undefined && { expires_at: expiresAt }
    const Item = { ...chunkKey(owner, number), content, ...expiry }
    await documents.send(new PutCommand({ TableName, Item }), { abortSignal })
  })
}

async function findChunk(owner: Owner, number: number, abortSignal?: AbortSignal): Promise<Uint8Array | null> {
  const input = { TableName: await table(), Key: chunkKey(owner, number), ConsistentRead: true }
  const { Item } = await documents.send(new GetCommand(input), abortSignal && { abortSignal })
  return Item ? chunkItem.parse(Item).content : null
}

/** Reads `size` bytes of a submission's contents from `start` on; null while they are being removed. */
export async function readContents(owner: Owner, start: number, size: number): Promise<Buffer | null> {
  const first = Math.floor(start / CHUNK_BYTES)
  const numbers = [...Array(Math.ceil((start + size) / CHUNK_BYTES)).keys()].slice(first)
  const chunks = new Map<number, Uint8Array>()
  await forEachChunk(numbers, async (number) => {
    const content = await findChunk(owner, number)
    if (content) chunks.set(number, content)
  })
  if (chunks.size < numbers.length) return null
  const offset = start - first * CHUNK_BYTES
  return Buffer.concat(numbers.map((number) => chunks.get(number) ?? Buffer.of())).subarray(offset, offset + size)
}

export async function deleteContents(owner: Owner, chunks: number): Promise<void> {
  const TableName = await table()
  await forEachChunk(Array(chunks).keys(), async (number) => {
    await documents.send(new DeleteCommand({ TableName, Key: chunkKey(owner, number) }))
  })
}
