import { isUtf8 } from 'node:buffer'
import { Problem } from '../core/problem.ts'

const utf8 = new TextDecoder('utf-8')

/** Decodes a body by the `charset` of its Content-Type. Throws a `Problem` with the first invalid byte of UTF-8. */
export function decodeText(bytes: Uint8Array, charset = 'utf-8'): string {
  if (/^"?utf-?8"?$/i.test(charset)) {
    if (!isUtf8(bytes)) {
      const byte = findInvalidByte(bytes)
      throw new Problem(
        'body_invalid',
        `The body is not valid UTF-8 at byte ${byte}. Send UTF-8, or name the charset in Content-Type.`,
        {
          issues: [{ byte, detail: 'not UTF-8' }],
        },
      )
    }
    return utf8.decode(bytes)
  }
  try {
    return new TextDecoder(charset.replaceAll('"', ''), { fatal: true }).decode(bytes)
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new Problem('content_type_unsupported', 'The charset in Content-Type is not supported. Send UTF-8.')
    }
    throw new Problem('body_invalid', 'The body is not valid text in the charset of its Content-Type.')
  }
}

/** The first byte after which the text can no longer become valid UTF-8, found by bisection. */
function findInvalidByte(bytes: Uint8Array): number {
  let valid = 0
  let invalid = bytes.length + 1
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1
    if (canContinue(bytes.subarray(0, middle))) valid = middle
    else invalid = middle
  }
  // A character that is cut off at the end is incomplete, not invalid.
  return Math.min(valid, bytes.length - 1)
}

function canContinue(prefix: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(prefix, { stream: true })
    return true
  } catch {
    return false
  }
}

/** Position of a character in a text: line and column from 1, and its UTF-8 byte from 0. */
export function positionOfOffset(text: string, index: number): { line: number; column: number; byte: number } {
  const before = text.slice(0, index)
  const lines = before.split(/\r\n|\n|\r/)
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, byte: Buffer.byteLength(before) }
}

/** The error for a body that is invalid at a character of its text. */
export function textIssue(text: string, index: number, detail: string): Problem {
  const place = positionOfOffset(text, index)
  const where = `line ${place.line}, column ${place.column} (byte ${place.byte})`
  return new Problem('body_invalid', `The body does not parse at ${where}: ${detail}.`, {
    issues: [{ ...place, detail }],
  })
}
