import { receivedParts, startTransfer } from './bucket.ts'
import type { FileRecord } from './file.ts'
import { objectKey } from './file.ts'

/** @limit Files | bytes of each part of a file, except the last */
export const PART_BYTES = 8_388_608

/** A part of a file: its number from 1, its first byte from 0, and its bytes. */
export interface Part {
  number: number
  start: number
  size: number
}

/** The parts of a file of this size, in order. */
export const partsOf = (size: number): Part[] =>
  Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, index) => ({
    number: index + 1,
    start: index * PART_BYTES,
    size: Math.min(PART_BYTES, size - index * PART_BYTES),
  }))

/** Starts the transfer of a file. Returns its UploadId. */
export const startFileTransfer = (file: Pick<FileRecord, 'id' | 'purpose' | 'type'>): Promise<string> =>
  startTransfer(objectKey(file), file.type)

/** Parts of a file that the bucket does not have; null if its transfer has expired. */
export async function missingParts(file: FileRecord): Promise<Part[] | null> {
  const received = await receivedParts(objectKey(file), file.transfer)
  if (!received) return null
  const sizes = new Map(received.map(({ number, size }) => [number, size]))
  return partsOf(file.size).filter(({ number, size }) => sizes.get(number) !== size)
}

/** Numbers in ascending order as text, such as `1, 3-5`. */
export function toRanges(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ')
}
