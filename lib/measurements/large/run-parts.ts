import { Problem } from '../../core/problem.ts'
import { PlacedProblem } from '../placed-problem.ts'
import { cutPart, type LineFile, type Part, type Position } from './cut.ts'
import { locate, relocate } from './relocate.ts'

export interface PartReader {
  cut(position: Position): Promise<Part>
  /** Starts to read the part at a position. */
  readAhead(position: Position): void
}

/** Cuts the parts of a file. Reads one ahead, so that its bytes arrive while the part before it is stored. */
export function makePartReader(file: LineFile): PartReader {
  let ahead: { key: string; part: Promise<Part> } | undefined
  const keyOf = (position: Position): string => JSON.stringify(position)
  return {
    cut(position) {
      const part = ahead?.key === keyOf(position) ? ahead.part : cutPart(file, position)
      ahead = undefined
      return part
    },
    readAhead(position) {
      if (position.start >= file.size) return
      const part = cutPart(file, position)
      part.catch(() => undefined)
      ahead = { key: keyOf(position), part }
    },
  }
}

/** The position after a part. After parts that had to be smaller, they grow again. */
const positionAfter = ({ end, linesBefore, lines }: Part, { maxBytes }: Position, partBytes: number): Position => ({
  start: end,
  linesBefore: linesBefore + lines,
  maxBytes: Math.min(2 * maxBytes, partBytes),
})

export interface PartSource {
  file: LineFile
  reader: PartReader
  /** Bytes of a part. */
  partBytes: number
}

interface PartWork<T> {
  /** Rows of the file before the part. */
  rowsBefore: number
  /** Throws errors with the places of the part. */
  work: (part: Part) => T | Promise<T>
}

/** The result of `work`, and where the next part starts. */
interface Worked<T> {
  part: Part
  next: Position
  result: T
}

/**
 * Runs `work` on the part at a position, or on a smaller one if it exceeds a limit of an upload. An error in NDJSON that
 * names no place is found in this way, too. Throws errors with the places of the file.
 */
export async function runPart<T>(
  source: PartSource,
  position: Position,
  { rowsBefore, work }: PartWork<T>,
): Promise<Worked<T>> {
  const { file, reader, partBytes } = source
  const part = await reader.cut(position)
  const next = positionAfter(part, position, partBytes)
  reader.readAhead(next)
  try {
    return { part, next, result: await work(part) }
  } catch (error) {
    const location = { part, encoding: file.encoding, rowsBefore }
    const isPlaceless = error instanceof Problem && error.status < 500 && !(error instanceof PlacedProblem)
    if (!isPlaceless || (file.isCsv && error.code !== 'limit_exceeded')) throw relocate(error, location)
    if (!part.isDivisible) throw file.isCsv ? error : locate(error, location)
    const smaller = { ...position, maxBytes: Math.ceil((part.end - part.start) / 2) }
    return runPart(source, smaller, { rowsBefore, work })
  }
}
