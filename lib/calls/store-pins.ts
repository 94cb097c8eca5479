import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { encrypt } from '../crypto/encryption.ts'
import { tryDecrypt } from '../crypto/try-decrypt.ts'
import { documents, isConditionFailure, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'

/** How long a PIN is kept free for a call that is being created; a crash gives it back by itself. */
const RESERVED_MS = 20_000

const record = z.object({ contact_id: z.string(), sealed: z.string(), until: z.number() })

const item = async (pin: string) => ({
  TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE,
  id: `pin#${pin}`,
})

/** Takes a PIN for the holder, a random text; false when it belongs to a call that is alive. */
export async function reservePin(pin: string, holder: string, now: number): Promise<boolean> {
  const { TableName, id } = await item(pin)
  try {
    await documents.send(
      new PutCommand({
        TableName,
        Item: { id, holder, until: now + RESERVED_MS, expires_at: unixSeconds(now + RESERVED_MS) },
        ConditionExpression: 'attribute_not_exists(id) OR #until < :now',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':now': now },
      }),
    )
    return true
  } catch (error) {
    if (!isConditionFailure(error)) throw error
    // The answer to a write may be lost; sent again, it finds itself there.
    const { Item } = await documents.send(new GetCommand({ TableName, Key: { id }, ConsistentRead: true }))
    return Item?.['holder'] === holder
  }
}

/** Puts a call under its reserved PIN, sealed, for one contact, until a time. */
export async function saveCall(
  pin: string,
  holder: string,
  contactId: string,
  call: string,
  until: number,
): Promise<void> {
  const { TableName, id } = await item(pin)
  const { SEAL_KEY } = await getSettings('SEAL_KEY')
  await documents.send(
    new PutCommand({
      TableName,
      Item: {
        id,
        holder,
        contact_id: contactId,
        sealed: await encrypt(call, SEAL_KEY),
        until,
        expires_at: unixSeconds(until),
      },
      ConditionExpression: 'holder = :holder',
      ExpressionAttributeValues: { ':holder': holder },
    }),
  )
}

/** Gives a reserved PIN back. */
export async function releasePin(pin: string, holder: string): Promise<void> {
  const { TableName, id } = await item(pin)
  await sendIfConditionHolds(
    documents.send(
      new DeleteCommand({
        TableName,
        Key: { id },
        ConditionExpression: 'holder = :holder',
        ExpressionAttributeValues: { ':holder': holder },
      }),
    ),
  )
}

/** The call of a PIN, for its contact; null for every other PIN, person and time alike. */
export async function findCall(pin: string, contactId: string, now: number): Promise<string | null> {
  const { TableName, id } = await item(pin)
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { id }, ConsistentRead: true }))
  const found = record.safeParse(Item)
  if (!found.success || found.data.until < now || found.data.contact_id !== contactId) return null
  return tryDecrypt('call', found.data.sealed)
}
