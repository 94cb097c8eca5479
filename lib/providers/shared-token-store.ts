import { randomUUID } from 'node:crypto'
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { encrypt } from '../crypto/encryption.ts'
import { tryDecrypt } from '../crypto/try-decrypt.ts'
import { documents, isConditionFailure, unixSeconds } from '../dynamodb/client.ts'

/** A lock that ends later than this was made by a clock that is wrong. */
export const MAX_LOCK_MS = 120_000

const record = z.object({
  sealed: z.optional(z.string()),
  /** UNIX milliseconds from which it is to be renewed, and from which it is worth nothing. */
  renew_at: z.optional(z.number()),
  valid_until: z.optional(z.number()),
  obtained_at: z.optional(z.number()),
  /** Changes with every renewal, so that nobody renews what was renewed a moment ago. */
  version: z.optional(z.string()),
  /** Until when somebody is renewing it, or nobody may try again since the provider refused it. */
  locked_until: z.optional(z.number()),
  locked_by: z.optional(z.string()),
  refused: z.optional(z.boolean()),
})

/** A credential that a provider has given us, as it is kept. */
export interface StoredToken {
  /** Null while there is none, and when what is kept was sealed under another key. */
  secret: string | null
  renewAt: number
  validUntil: number
  /** UNIX milliseconds. */
  obtainedAt: number
  version: string | undefined
  lockedUntil: number
  /** Whether the lock is there because the provider refuses to give one. */
  refused: boolean
}

const key = async (name: string) => ({
  TableName: (await getSettings('TOKENS_TABLE')).TOKENS_TABLE,
  Key: { id: `provider#${name}` },
})

export async function findStoredToken(name: string): Promise<StoredToken> {
  const { Item = {} } = await documents.send(new GetCommand({ ...(await key(name)), ConsistentRead: true }))
  const {
    sealed,
    renew_at = 0,
    valid_until = 0,
    obtained_at = 0,
    version,
    locked_until = 0,
    refused = false,
  } = record.parse(Item)
  const secret = sealed === undefined ? null : await tryDecrypt('provider_token', sealed)
  return {
    secret,
    renewAt: renew_at,
    validUntil: valid_until,
    obtainedAt: obtained_at,
    version,
    lockedUntil: locked_until,
    refused,
  }
}

/** Takes the right to renew the credential of this version, for one caller at a time; false when another has it. */
export async function lockStoredToken(name: string, version: string | undefined, now: number, lockMs: number) {
  const me = randomUUID()
  try {
    await documents.send(
      new UpdateCommand({
        ...(await key(name)),
        UpdateExpression: 'SET locked_until = :until, locked_by = :me REMOVE refused',
        ConditionExpression: `(attribute_not_exists(locked_until) OR locked_until < :now OR locked_until > :horizon) AND ${
          version === undefined ? 'attribute_not_exists(version)' : 'version = :version'
        }`,
        ExpressionAttributeValues: {
          ':until': now + lockMs,
          ':now': now,
          ':me': me,
          ':horizon': now + MAX_LOCK_MS,
          ...(version && { ':version': version }),
        },
      }),
    )
    return true
  } catch (error) {
    if (!isConditionFailure(error)) throw error
    // The answer to a lock may be lost; sent again, it finds itself there.
    const { Item } = await documents.send(new GetCommand({ ...(await key(name)), ConsistentRead: true }))
    return Item?.['locked_by'] === me
  }
}

/** Keeps a new credential, sealed, and ends the lock. */
export async function saveStoredToken(
  name: string,
  secret: string,
  renewAt: number,
  validUntil: number,
): Promise<void> {
  const { SEAL_KEY } = await getSettings('SEAL_KEY')
  await documents.send(
    new UpdateCommand({
      ...(await key(name)),
      UpdateExpression:
        'SET sealed = :sealed, renew_at = :renew, valid_until = :valid, obtained_at = :now, version = :version, expires_at = :ttl REMOVE locked_until, locked_by, refused',
      ExpressionAttributeValues: {
        ':sealed': await encrypt(secret, SEAL_KEY),
        ':renew': renewAt,
        ':valid': validUntil,
        ':now': Date.now(),
        ':version': randomUUID(),
        ':ttl': unixSeconds(validUntil),
      },
    }),
  )
}

/** Ends the lock without a new credential; with `refusedUntil`, nobody asks the provider again before that. */
export async function unlockStoredToken(name: string, refusedUntil?: number): Promise<void> {
  await documents.send(
    new UpdateCommand({
      ...(await key(name)),
      UpdateExpression: 'SET locked_until = :until, refused = :refused, expires_at = if_not_exists(expires_at, :ttl)',
      ExpressionAttributeValues: {
        ':until': refusedUntil ?? 0,
        ':refused': refusedUntil !== undefined,
        ':ttl': unixSeconds(Date.now() + 86_400_000),
      },
    }),
  )
}
