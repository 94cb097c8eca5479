import { hkdfSync } from 'node:crypto'
import type { Caller } from '../../core/caller.ts'
import { decrypt, encrypt } from '../../crypto/encryption.ts'
import { sealKeys } from '../../crypto/stored-secrets.ts'
import type { Request } from '../../http/request.ts'
import { encodeCursor } from '../parameters.ts'

/** A cursor contains digests of all values of a block and of its participant. The reader of a share could guess them. */

const KEY_BYTES = 32

/** Keys for cursors only, so that no other encrypted text is a cursor. */
async function cursorKeys(): Promise<[Uint8Array, ...Uint8Array[]]> {
  const [first, ...others] = await sealKeys()
  const toCursorKey = (key: Uint8Array) => new Uint8Array(hkdfSync('sha256', key, '', 'cursor', KEY_BYTES))
  return [toCursorKey(first), ...others.map(toCursorKey)]
}

/** Returns a position as a cursor, which is encrypted for the reader of a share. */
export async function encodeCursorFor({ kind }: Caller, position: object): Promise<string> {
  const cursor = encodeCursor(position)
  return kind === 'share' ? encrypt(cursor, (await cursorKeys())[0]) : cursor
}

/** The request with its cursor decrypted. One that cannot be decrypted stays, and is rejected as any other text. */
export async function withPlainCursor(request: Request): Promise<Request> {
  const [cursor = '', ...repeated] = request.query.getAll('cursor')
  // A plain cursor has no dots.
  if (!cursor.includes('.') || repeated.length > 0) return request
  const decrypted = await decrypt(cursor, await cursorKeys()).catch(() => null)
  if (decrypted === null) return request
  const query = new URLSearchParams(request.query)
  query.set('cursor', decrypted.text)
  return { ...request, query }
}
