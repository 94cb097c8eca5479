import { randomUUID } from 'node:crypto'
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { encryptSecret, tryDecrypt } from '../crypto/stored-secrets.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { type LeaseAttributes, requireFreeLease } from '../dynamodb/lease.ts'

/** A lease that ends later than this was stored by a wrong clock. */
export const MAX_LOCK_MS = 120_000
/** Lease of one renewal, or a pause after the provider rejected one. */
const LEASE: LeaseAttributes = { holder: 'locked_by', until: 'locked_until', longestMs: MAX_LOCK_MS }

const record = z.object({
  sealed: z.optional(z.string()),
  /** UNIX milliseconds: when to renew it, and when it expires. */
  renew_at: z.optional(z.number()),
  valid_until: z.optional(z.number()),
  obtained_at: z.optional(z.number()),
  replaced_at: z.optional(z.number()),
  /** Changes with every renewal, so that no caller renews a fresh token. */
  version: z.optional(z.string()),
  locked_until: z.optional(z.number()),
  refused: z.optional(z.boolean()),
})

/** A provider's token, as it is stored. Times are UNIX milliseconds. */
export interface StoredToken {
  /** Null if none is stored, or no key decrypts it. */
  secret: string | null
  renewAt: number
  validUntil: number
  obtainedAt: number
  /** When a log-in last replaced a token that was rejected within a minute; 0 if never. */
  replacedAt: number
  version: string | undefined
  leasedUntil: number
  /** Whether the lease is a pause, because the provider rejected the log-in. */
  rejected: boolean
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
    replaced_at = 0,
    version,
    ...lease
  } = record.parse(Item)
  return {
    secret: sealed === undefined ? null : await tryDecrypt('provider_token', sealed),
    renewAt: renew_at,
    validUntil: valid_until,
    obtainedAt: obtained_at,
    replacedAt: replaced_at,
    version,
    leasedUntil: lease.locked_until ?? 0,
    rejected: lease.refused ?? false,
  }
}

/** Acquires the lease to renew this version of a token. Returns false if another caller has it or has renewed the token. */
export async function acquireTokenLease(name: string, version: string | undefined, now: number, leaseMs: number) {
  const free = requireFreeLease(LEASE, randomUUID(), now)
  const isCurrent = version === undefined ? 'attribute_not_exists(version)' : 'version = :version'
  return sendIfConditionHolds(
    new UpdateCommand({
      ...(await key(name)),
      ...free,
      UpdateExpression: 'SET #until = :until, #holder = :holder REMOVE refused',
      ConditionExpression: `${free.ConditionExpression} AND ${isCurrent}`,
      ExpressionAttributeValues: {
        ...free.ExpressionAttributeValues,
        ':until': now + leaseMs,
        ...(version !== undefined && { ':version': version }),
      },
    }),
  )
}

/** Stores a new token, encrypted, and releases the lease. */
export async function saveStoredToken(
  name: string,
  {
    secret,
    renewAt,
    validUntil,
    replacedAt,
  }: Pick<StoredToken, 'renewAt' | 'validUntil' | 'replacedAt'> & { secret: string },
): Promise<void> {
  await documents.send(
    new UpdateCommand({
      ...(await key(name)),
      UpdateExpression:
        'SET sealed = :sealed, renew_at = :renew, valid_until = :valid, obtained_at = :now, replaced_at = :replaced, version = :version, expires_at = :ttl REMOVE locked_until, locked_by, refused',
      ExpressionAttributeValues: {
        ':sealed': await encryptSecret(secret),
        ':renew': renewAt,
        ':valid': validUntil,
        ':now': Date.now(),
        ':replaced': replacedAt,
        ':version': randomUUID(),
        ':ttl': unixSeconds(validUntil),
      },
    }),
  )
}

/** Releases the lease without a new token. With `rejectedUntil`, no caller logs in before that time. */
export async function releaseTokenLease(name: string, rejectedUntil?: number): Promise<void> {
  await documents.send(
    new UpdateCommand({
      ...(await key(name)),
      UpdateExpression: 'SET locked_until = :until, refused = :refused, expires_at = if_not_exists(expires_at, :ttl)',
      ExpressionAttributeValues: {
        ':until': rejectedUntil ?? 0,
        ':refused': rejectedUntil !== undefined,
        ':ttl': unixSeconds(Date.now() + 86_400_000),
      },
    }),
  )
}
