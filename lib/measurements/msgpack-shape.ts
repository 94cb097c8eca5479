import { isUtf8 } from 'node:buffer'
import { Problem } from '../core/problem.ts'
import { LIMITS } from './limits.ts'

/** Bytes of a value after its first byte, for types of a fixed size. */
const FIXED: Readonly<Record<number, number>> = {
  192: 0, // nil
  194: 0, // false
  195: 0, // true
  202: 4, // float 32
  203: 8, // float 64
  204: 1, // uint 8, 16, 32, 64
  205: 2,
  206: 4,
  207: 8,
  208: 1, // int 8, 16, 32, 64
  209: 2,
  210: 4,
  211: 8,
  212: 2, // fixext 1, 2, 4, 8, 16, each with its type byte
  213: 3,
  214: 5,
  215: 9,
  216: 17,
}

/** Types with a length: bytes of the length, extra bytes, and the kind of content. */
const SIZED: Readonly<Record<number, { size: 1 | 2 | 4; extra: number; content: 'bytes' | 'text' | 'list' | 'map' }>> =
  {
    196: { size: 1, extra: 0, content: 'bytes' }, // bin
    197: { size: 2, extra: 0, content: 'bytes' },
    198: { size: 4, extra: 0, content: 'bytes' },
    199: { size: 1, extra: 1, content: 'bytes' }, // ext
    200: { size: 2, extra: 1, content: 'bytes' },
    201: { size: 4, extra: 1, content: 'bytes' },
    217: { size: 1, extra: 0, content: 'text' }, // str
    218: { size: 2, extra: 0, content: 'text' },
    219: { size: 4, extra: 0, content: 'text' },
    220: { size: 2, extra: 0, content: 'list' },
    221: { size: 4, extra: 0, content: 'list' },
    222: { size: 2, extra: 0, content: 'map' },
    223: { size: 4, extra: 0, content: 'map' },
  }

/**
 * Returns the end of the MessagePack value that starts at a byte, without building it. Decoders allocate what a header announces: a
 * few kilobytes of nested headers claim gigabytes. Here every announced element must have a byte, and nesting is
 * limited. Throws a `Problem` with the byte. See the MessagePack specification, "Formats".
 */
export function measureMsgpack(bytes: Uint8Array, start = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pending: number[] = [1]
  let offset = start
  while (pending.length > 0) {
    const top = pending.length - 1
    if (pending[top] === 0) {
      pending.pop()
      continue
    }
    pending[top] = (pending[top] ?? 0) - 1
    const { skip, text, children } = readHeader(view, offset)
    if (skip + Math.max(children, 0) > bytes.length - offset) throw msgpackProblem(offset, 'the value ends too early')
    if (text && !isUtf8(bytes.subarray(offset + skip - text, offset + skip)))
      throw msgpackProblem(offset, 'a text is not UTF-8')
    if (children >= 0 && pending.length > LIMITS.nesting) throw msgpackProblem(offset, 'values are nested too deeply')
    offset += skip
    if (children >= 0) pending.push(children)
  }
  return offset
}

interface Header {
  /** Bytes of the header and its content. The last `text` bytes are UTF-8. */
  skip: number
  text: number
  /** Number of values inside; -1 for a value that cannot contain others. */
  children: number
}

function readHeader(view: DataView, offset: number): Header {
  if (offset >= view.byteLength) throw msgpackProblem(offset, 'the value ends too early')
  const byte = view.getUint8(offset)
  if (byte < 128 || byte >= 224) return { skip: 1, text: 0, children: -1 }
  if (byte < 144) return { skip: 1, text: 0, children: (byte & 15) * 2 }
  if (byte < 160) return { skip: 1, text: 0, children: byte & 15 }
  if (byte < 192) return { skip: 1 + (byte & 31), text: byte & 31, children: -1 }
  const fixed = FIXED[byte]
  if (fixed !== undefined) return { skip: 1 + fixed, text: 0, children: -1 }
  const sized = SIZED[byte]
  if (!sized) throw msgpackProblem(offset, 'this byte does not start a value')
  const { size, extra, content } = sized
  if (offset + 1 + size > view.byteLength) throw msgpackProblem(offset, 'the value ends too early')
  const length =
    size === 1 ? view.getUint8(offset + 1) : size === 2 ? view.getUint16(offset + 1) : view.getUint32(offset + 1)
  if (content === 'list') return { skip: 1 + size, text: 0, children: length }
  if (content === 'map') return { skip: 1 + size, text: 0, children: length * 2 }
  return { skip: 1 + size + extra + length, text: content === 'text' ? length : 0, children: -1 }
}

function msgpackProblem(byte: number, detail: string): Problem {
  return new Problem('body_invalid', `The MessagePack body does not parse at byte ${byte}: ${detail}.`, {
    issues: [{ byte, detail }],
  })
}
