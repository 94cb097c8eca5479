import type { Cell } from '../measurements/cells.ts'

/** Characters that are encoded at once. */
const CHUNK = 1_000_000

/** How the rows of a file are written. */
export interface LineFormat {
  head: string
  row(cells: readonly Cell[]): string
}

/** A file of text in memory. */
export interface NewFile {
  rows: number
  /** About the bytes so far: exact after each million characters. */
  size(): number
  add(cells: readonly Cell[]): void
  /** The whole content, in UTF-8. */
  toBytes(): Uint8Array
}

export function startFile({ head, row: formatRow }: LineFormat): NewFile {
  const chunks: Buffer[] = []
  let encoded = 0
  let text = head
  const encode = () => {
    const chunk = Buffer.from(text)
    chunks.push(chunk)
    encoded += chunk.length
    text = ''
  }
  const file: NewFile = {
    rows: 0,
    size: () => encoded + text.length,
    add(cells) {
      text += formatRow(cells)
      file.rows += 1
      if (text.length >= CHUNK) encode()
    },
    toBytes() {
      encode()
      return Buffer.concat(chunks)
    },
  }
  return file
}
