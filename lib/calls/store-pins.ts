import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { encryptSecret, tryDecrypt } from '../crypto/stored-secrets.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { type LeaseAttributes, requireFreeLease, requireHeldLease } from '../dynamodb/lease.ts'

/** How long a PIN is reserved while its call is created. After a crash, the reservation expires. */
const RESERVED_MS = 20_000
/** A call leases its PIN until it ends. */
const LEASE: LeaseAttributes = { holder: 'holder', until: 'until' }

const record = z.object({ contact_id: z.string(), sealed: z.string(), until: z.number() })

const tableName = async () => (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE
const idOf = (pin: string) => `pin#${pin}`

/** Reserves a PIN for `holder`, a random id. Returns false if it belongs to another call. */
export async function reservePin(pin: string, holder: string, now: number): Promise<boolean> {
  const until = now + RESERVED_MS
  return sendIfConditionHolds(
    new PutCommand({
      TableName: await tableName(),
      Item: { id: idOf(pin), holder, until, expires_at: unixSeconds(until) },
      ...requireFreeLease(LEASE, holder, now),
    }),
  )
}

/** Stores an encrypted call under its reserved PIN, for one contact, until a time in UNIX milliseconds. */
export async function saveCall(
  pin: string,
  holder: string,
  contactId: string,
  call: string,
  until: number,
): Promise<void> {
  const sealed = await encryptSecret(call)
  await documents.send(
    new PutCommand({
      TableName: await tableName(),
      Item: { id: idOf(pin), holder, contact_id: contactId, sealed, until, expires_at: unixSeconds(until) },
      ...requireHeldLease(LEASE, holder),
    }),
  )
}

/** Releases a reserved PIN. */
export async function releasePin(pin: string, holder: string): Promise<void> {
  await sendIfConditionHolds(
    new DeleteCommand({
      TableName: await tableName(),
      Key: { id: idOf(pin) },
      ...requireHeldLease(LEASE, holder),
    }),
  )
}

/** The call of a PIN, for its contact; null for another contact, and for a PIN that is unknown or expired. */
export async function findCall(pin: string, contactId: string, now: number): Promise<string | null> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: await tableName(), Key: { id: idOf(pin) }, ConsistentRead: true }),
  )
  const { data } = record.safeParse(Item)
  if (!data || data.until < now || data.contact_id !== contactId) return null
  return tryDecrypt('call', data.sealed)
}
