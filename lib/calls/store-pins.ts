import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { encryptSecret, tryDecrypt } from '../crypto/stored-secrets.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { type LeaseAttributes, requireFreeLease, requireHeldLease } from '../dynamodb/lease.ts'

/** How long a PIN is reserved while its call is created. After a crash, the reservation expires. */
const RESERVED_MS = 20_000
export interface ReservedPin {
  pin: string
  /** A random id. */
  holder: string
}

/** A call leases its PIN until it ends. */
const LEASE: LeaseAttributes = { holder: 'holder', until: 'until' }

/** The sides of the contact and of the caller. Calls of earlier versions have no side of the caller. */
const record = z.object({
  contact_id: z.string(),
  sealed: z.string(),
  caller_id: z.optional(z.string()),
  caller_sealed: z.optional(z.string()),
  until: z.number(),
})

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

/** One side of a call: a user, and the call that this user joins. */
export interface CallSide {
  userId: string
  call: string
}

/** Stores both sides of a call, encrypted, under its reserved PIN, until a time in UNIX milliseconds. */
export async function saveCall(
  { pin, holder }: ReservedPin,
  sides: Readonly<Record<'caller' | 'contact', CallSide>>,
  until: number,
): Promise<void> {
  const { caller, contact } = sides
  const [sealed, caller_sealed] = await Promise.all([encryptSecret(contact.call), encryptSecret(caller.call)])
  const stored = { contact_id: contact.userId, sealed, caller_id: caller.userId, caller_sealed }
  await documents.send(
    new PutCommand({
      TableName: await tableName(),
      Item: { id: idOf(pin), holder, ...stored, until, expires_at: unixSeconds(until) },
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

/** A user's side of the call of a PIN; null for a user without a side, and for a PIN that is unknown or expired. */
export async function findCall(pin: string, userId: string, now: number): Promise<string | null> {
  const { Item } = await documents.send(
    new GetCommand({ TableName: await tableName(), Key: { id: idOf(pin) }, ConsistentRead: true }),
  )
  const { data } = record.safeParse(Item)
  if (!data || data.until < now) return null
  const sealed = data.contact_id === userId ? data.sealed : data.caller_id === userId ? data.caller_sealed : undefined
  return sealed === undefined ? null : tryDecrypt('call', sealed)
}
