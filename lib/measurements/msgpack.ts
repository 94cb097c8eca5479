import { DecodeError, decodeMulti, decodeTimestampToTimeSpec, EXT_TIMESTAMP, ExtensionCodec } from '@msgpack/msgpack'
import { Problem } from '../core/problem.ts'
import { measureMsgpack } from './msgpack-shape.ts'
import { checkShape, columnsOrRows, fromRows, type RawColumns } from './raw-columns.ts'
import type { Warnings } from './warnings.ts'

/** MessagePack timestamps become ISO 8601 text with all their nanoseconds. */
const extensionCodec = new ExtensionCodec()
extensionCodec.register({
  type: EXT_TIMESTAMP,
  encode: () => null,
  decode(data) {
    const { sec, nsec } = decodeTimestampToTimeSpec(data)
    if (nsec > 999_999_999) throw new DecodeError('a timestamp has more nanoseconds than a second')
    const seconds = new Date(sec * 1000).toISOString().slice(0, -5)
    return nsec === 0 ? `${seconds}Z` : `${seconds}.${String(nsec).padStart(9, '0')}Z`
  },
})

/**
 * Parses MessagePack, in the same shapes as JSON. Several values one after the other are rows, as in NDJSON. Other bytes
 * after a value only cause a warning, since small devices send fixed-size buffers.
 */
export function parseMsgpack(bytes: Uint8Array, warnings: Warnings): RawColumns {
  const end = findEnd(bytes)
  const surplus = bytes.length - end
  if (surplus > 0) warnings.note('bytes_ignored', `${surplus} bytes after the MessagePack value were ignored`, surplus)
  let keys = 0
  let values: unknown[]
  try {
    values = [
      ...decodeMulti(bytes.subarray(0, end), {
        extensionCodec,
        useBigInt64: true,
        mapKeyConverter(key) {
          keys += 1
          if (typeof key === 'string') return key
          throw new DecodeError('a column name must be text')
        },
      }),
    ]
  } catch (cause) {
    // `measureMsgpack` has checked the shape; only keys and timestamps can still be invalid.
    const detail = cause instanceof DecodeError ? cause.message : 'a text is not UTF-8 or a timestamp is out of range'
    throw new Problem('body_invalid', `The MessagePack value cannot be read: ${detail}.`, { cause })
  }
  return values.length > 1 ? fromRows(values.flat(), keys) : columnsOrRows(values[0], keys)
}

/** Where the rows end: after the first value, and after each map or list that follows it. */
function findEnd(bytes: Uint8Array): number {
  let end = measureMsgpack(bytes)
  for (let values = 1; isContainer(bytes[end]); values += 1) {
    checkShape(values, 0)
    end = measureMsgpack(bytes, end)
  }
  return end
}

/** Whether a byte starts a map or a list. */
const isContainer = (byte = 0): boolean => (byte >= 0x80 && byte <= 0x9f) || (byte >= 0xdc && byte <= 0xdf)
