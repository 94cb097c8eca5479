import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { secretDigest } from '../crypto/secrets.ts'
import { encryptSecret, tryDecrypt } from '../crypto/stored-secrets.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'

/** Lifetime of Incode's session tokens. */
const LIFE_MS = 90 * 86_400_000

/** An identity session that was started here, with its owner. */
export interface Interview {
  interviewId: string
  /** Resumes the session. It grants access, so only its digest is stored. */
  uniqueId: string
  /** Incode's session token. It is stored encrypted. */
  token: string
  clientId: string
  /** `jti` of the auth token with which it was started. */
  tokenId?: string | undefined
  /** The participant, if a confidential client named one. */
  participant?: string | undefined
}

const startRecord = z.object({
  id: z.string(),
  unique: z.string(),
  token: z.string(),
  client_id: z.string(),
  token_id: z.optional(z.string()),
  participant: z.optional(z.string()),
  expires_at: z.number(),
})
const interviewRecord = z.partial(z.extend(startRecord, { onboarding_status: z.string(), approved: z.boolean() }))
const pointerRecord = z.object({ interview_id: z.string(), expires_at: z.number() })

/** The stored state of a session. A session that was started elsewhere has events, but no `start`. */
export interface InterviewState {
  interviewId: string
  start: { uniqueDigest: string; token: string; clientId: string; tokenId?: string; participant?: string } | null
  onboardingStatus: string | null
  /** Whether an identity was created; null while that is undecided. */
  approved: boolean | null
}

const key = async (id: string) => ({ TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE, Key: { id } })
const idOf = (interviewId: string) => `interview#${interviewId}`
const uniqueIdOf = (uniqueId: string) => `unique#${secretDigest(uniqueId)}`
const tokenIdOf = (token: string) => `session-token#${secretDigest(token)}`

/** Stores a new session. Events that arrived earlier stay. Returns false if its interview id belongs to another session. */
export async function saveInterview(interview: Interview, now: number): Promise<boolean> {
  const expires_at = unixSeconds(now + LIFE_MS)
  const { interviewId, uniqueId, token, clientId, tokenId, participant } = interview
  const isSaved = await update(
    idOf(interviewId),
    {
      unique: secretDigest(uniqueId),
      token: await encryptSecret(token),
      client_id: clientId,
      token_id: tokenId,
      participant: participant === undefined ? undefined : await encryptSecret(participant),
      expires_at,
    },
    'attribute_not_exists(#unique) OR #unique = :unique',
  )
  const pointer = { interview_id: interviewId, expires_at }
  if (isSaved) await Promise.all([uniqueIdOf(uniqueId), tokenIdOf(token)].map((id) => update(id, pointer)))
  return isSaved
}

/** Sets attributes of an item. Returns false if the condition does not hold. */
async function update(id: string, fields: Record<string, unknown>, condition?: string): Promise<boolean> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  return sendIfConditionHolds(
    new UpdateCommand({
      ...(await key(id)),
      UpdateExpression: `SET ${present.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(present.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(present.map(([name, value]) => [`:${name}`, value])),
      ...(condition !== undefined && { ConditionExpression: condition }),
    }),
  )
}

/** The session of an interview id; null if it is unknown or expired. */
export async function findInterview(interviewId: string, now: number): Promise<InterviewState | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(idOf(interviewId))), ConsistentRead: true }))
  const item = Item === undefined ? null : interviewRecord.parse(Item)
  if (!item || (item.expires_at ?? 0) < unixSeconds(now)) return null
  return {
    interviewId,
    start: await readStart(item),
    onboardingStatus: item.onboarding_status ?? null,
    approved: item.approved ?? null,
  }
}

/** The start of a session; null if it was started elsewhere, or no key decrypts it. */
async function readStart(item: unknown): Promise<InterviewState['start']> {
  const { data } = startRecord.safeParse(item)
  if (!data) return null
  const { unique, client_id, token_id } = data
  const token = await tryDecrypt('identity_session', data.token)
  const participant =
    data.participant === undefined ? undefined : await tryDecrypt('identity_session', data.participant)
  if (token === null || participant === null) return null
  return {
    uniqueDigest: unique,
    token,
    clientId: client_id,
    ...(token_id !== undefined && { tokenId: token_id }),
    ...(participant !== undefined && { participant }),
  }
}

/** The session that a uniqueId resumes. */
export async function findInterviewByUniqueId(uniqueId: string, now: number): Promise<InterviewState | null> {
  const interviewId = await findPointer(uniqueIdOf(uniqueId), now)
  return interviewId === null ? null : findInterview(interviewId, now)
}

/** The interview id of a session token that /start returned; null for other tokens. */
export const findInterviewByToken = (token: string, now: number): Promise<string | null> =>
  findPointer(tokenIdOf(token), now)

async function findPointer(id: string, now: number): Promise<string | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await key(id)), ConsistentRead: true }))
  const pointer = Item === undefined ? null : pointerRecord.parse(Item)
  return pointer && pointer.expires_at >= unixSeconds(now) ? pointer.interview_id : null
}

/** Moves a session to a status if the status has a higher rank than the current one. */
export async function advanceInterview(interviewId: string, status: string, rank: number, now: number): Promise<void> {
  await sendIfConditionHolds(
    new UpdateCommand({
      ...(await key(idOf(interviewId))),
      UpdateExpression:
        'SET onboarding_status = :status, status_rank = :rank, expires_at = if_not_exists(expires_at, :ttl)',
      ConditionExpression: 'attribute_not_exists(status_rank) OR status_rank < :rank',
      ExpressionAttributeValues: { ':status': status, ':rank': rank, ':ttl': unixSeconds(now + LIFE_MS) },
    }),
  )
}

/** Stores whether an identity was created. An approval is never overwritten. */
export async function saveApproval(interviewId: string, approved: boolean): Promise<void> {
  await update(idOf(interviewId), { approved }, approved ? undefined : 'attribute_not_exists(#approved)')
}
