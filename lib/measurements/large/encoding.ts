import { Problem } from '../../core/problem.ts'

/** How the characters of a file that decide where lines end are stored. */
export interface Encoding {
  /** The charset with which each part is decoded. */
  charset: string
  /** Bytes of a character of ASCII. */
  unit: 1 | 2
  /** Index of the byte of a unit that has the ASCII code. */
  low: 0 | 1
  /** Bytes of the byte order mark. */
  mark: number
}

/** The encoding of a file by its charset and its first bytes. Throws a `Problem` for one whose lines cannot be found. */
export function findEncoding(charset = 'utf-8', first: Uint8Array): Encoding {
  const label = charset.replaceAll('"', '')
  const name = canonicalName(label)
  const isMarked = (...mark: number[]) => mark.every((byte, index) => first[index] === byte)
  if (name === 'utf-8') return { charset, unit: 1, low: 0, mark: isMarked(0xef, 0xbb, 0xbf) ? 3 : 0 }
  if (name !== 'utf-16le' && name !== 'utf-16be') return { charset, unit: 1, low: 0, mark: 0 }
  // RFC 2781 section 4.3: without an endianness in its name, the byte order mark decides.
  const isBigEndian = name === 'utf-16be' || (/^utf-16$/i.test(label) && isMarked(0xfe, 0xff))
  const mark = isBigEndian ? isMarked(0xfe, 0xff) : isMarked(0xff, 0xfe)
  return { charset: isBigEndian ? 'utf-16be' : 'utf-16le', unit: 2, low: isBigEndian ? 1 : 0, mark: mark ? 2 : 0 }
}

function canonicalName(label: string): string {
  let name: string
  try {
    name = new TextDecoder(label).encoding
  } catch {
    throw new Problem('content_type_unsupported', 'The charset in Content-Type is not supported. Send UTF-8.')
  }
  // Its bytes depend on escape sequences before them.
  if (name !== 'iso-2022-jp') return name
  throw new Problem('content_type_unsupported', 'A file in ISO-2022-JP cannot be read in parts. Send UTF-8.')
}

/** The bytes of the start of a line in an encoding. For a charset of several bytes other than UTF, an estimate. */
export function countBytes(text: string, { charset, unit }: Encoding): number {
  if (unit === 2) return 2 * text.length
  return /^"?utf-?8"?$/i.test(charset) ? Buffer.byteLength(text) : text.length
}
