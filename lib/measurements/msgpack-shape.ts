import { isUtf8 } from 'node:buffer'
import { Problem } from '../core/problem.ts'
import { LIMITS } from './limits.ts'

/** Bytes of a value after its first byte, for the types of one fixed size. */
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

/** Types that carry a length: how many bytes it has, and what comes with it. */
const SIZED: Readonly<Record<number, { size: 1 | 2 | 4; extra: number; holds: 'bytes' | 'text' | 'list' | 'map' }>> = {
  196: { size: 1, extra: 0, holds: 'bytes' }, // bin
  197: { size: 2, extra: 0, holds: 'bytes' },
  198: { size: 4, extra: 0, holds: 'bytes' },
  199: { size: 1, extra: 1, holds: 'bytes' }, // ext
  200: { size: 2, extra: 1, holds: 'bytes' },
  201: { size: 4, extra: 1, holds: 'bytes' },
  217: { size: 1, extra: 0, holds: 'text' }, // str
  218: { size: 2, extra: 0, holds: 'text' },
  219: { size: 4, extra: 0, holds: 'text' },
  220: { size: 2, extra: 0, holds: 'list' },
  221: { size: 4, extra: 0, holds: 'list' },
  222: { size: 2, extra: 0, holds: 'map' },
  223: { size: 4, extra: 0, holds: 'map' },
}

/**
 * Walks a MessagePack value without building it and returns where it ends. Decoders allocate what a header announces:
 * a few kilobytes of nested headers claim gigabytes. Here every announced element must have its byte, nesting ends at
 * two, and a fault has its place. (Format: the MessagePack specification, "Formats".)
 */
export function measureMsgpack(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pending: number[] = [1]
  let at = 0
  while (pending.length > 0) {
    const left = pending.length - 1
    if (pending[left] === 0) {
      pending.pop()
      continue
    }
    pending[left] = (pending[left] ?? 0) - 1
    const { skip, text, children } = header(view, at)
    if (skip + Math.max(children, 0) > bytes.length - at) throw fault(at, 'the value ends too early')
    if (text && !isUtf8(bytes.subarray(at + skip - text, at + skip))) throw fault(at, 'a text is not UTF-8')
    if (children >= 0 && pending.length > LIMITS.nesting) throw fault(at, 'values are nested too deeply')
    at += skip
    if (children >= 0) pending.push(children)
  }
  return at
}

interface Header {
  /** Bytes of the header together with what it carries, the last `text` of which are UTF-8. */
  skip: number
  text: number
  /** Values that follow inside; -1 when the value is a plain one. */
  children: number
}

function header(view: DataView, at: number): Header {
  if (at >= view.byteLength) throw fault(at, 'the value ends too early')
  const byte = view.getUint8(at)
  if (byte < 128 || byte >= 224) return { skip: 1, text: 0, children: -1 }
  if (byte < 144) return { skip: 1, text: 0, children: (byte & 15) * 2 }
  if (byte < 160) return { skip: 1, text: 0, children: byte & 15 }
  if (byte < 192) return { skip: 1 + (byte & 31), text: byte & 31, children: -1 }
  const fixed = FIXED[byte]
  if (fixed !== undefined) return { skip: 1 + fixed, text: 0, children: -1 }
  const sized = SIZED[byte]
  if (!sized) throw fault(at, 'this byte starts no value')
  const { size, extra, holds } = sized
  if (at + 1 + size > view.byteLength) throw fault(at, 'the value ends too early')
  const length = size === 1 ? view.getUint8(at + 1) : size === 2 ? view.getUint16(at + 1) : view.getUint32(at + 1)
  if (holds === 'list') return { skip: 1 + size, text: 0, children: length }
  if (holds === 'map') return { skip: 1 + size, text: 0, children: length * 2 }
  return { skip: 1 + size + extra + length, text: holds === 'text' ? length : 0, children: -1 }
}

function fault(byte: number, detail: string): Problem {
  return new Problem('body_invalid', `The MessagePack body does not parse at byte ${byte}: ${detail}.`, {
    issues: [{ byte, detail }],
  })
}
