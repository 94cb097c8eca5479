import { hash } from 'node:crypto'
import * as z from 'zod/mini'
import { maxString } from '../core/zod-helpers.ts'
import { MIN_SALT_CHARACTERS } from '../crypto/checksums.ts'
import { readHeader } from '../crypto/encryption.ts'
import { tryDecrypt } from '../crypto/stored-secrets.ts'
import { invalidParameter } from '../http/input.ts'

/** Schema of a new salt. */
export const saltSchema = maxString(256).check(
  z.minLength(
    MIN_SALT_CHARACTERS,
    `must have at least ${MIN_SALT_CHARACTERS} characters: openssl rand -hex 16 creates one`,
  ),
  z.refine((salt) => salt.isWellFormed(), 'must be well-formed Unicode'),
)

export const saltInUse = (field: string) =>
  invalidParameter([{ field, detail: 'is already in use: choose another random salt' }])

export interface ClientSalt {
  clientId: string
  salt: string
  /** The salt in the record of the client. */
  encrypted: string
}

/**
 * Id of a salt for operators. It is valid for a salt that no key decrypts, too. A salt that was encrypted again has the
 * id in its header.
 */
export function saltId(encrypted: string): string {
  const { salt_id } = readHeader(encrypted)
  return typeof salt_id === 'string' ? salt_id : hash('sha256', encrypted, 'hex').slice(0, 12)
}

/** Whether one of the salts is this one, which may have been encrypted again meanwhile. */
export const hasSalt = (salts: readonly string[], encrypted: string): boolean =>
  salts.includes(encrypted) || salts.some((other) => saltId(other) === saltId(encrypted))

/** Returns the salts of a client, without those that the seal keys do not decrypt. */
export async function decryptSalts(clientId: string, encryptedSalts: readonly string[]): Promise<ClientSalt[]> {
  const salts = encryptedSalts.map(async (encrypted) => {
    const salt = await tryDecrypt('salt', encrypted, { client_id: clientId })
    return salt === null ? [] : [{ clientId, encrypted, salt }]
  })
  return (await Promise.all(salts)).flat()
}
