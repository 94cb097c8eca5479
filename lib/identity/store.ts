import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { secretDigest } from '../crypto/secrets.ts'
import { encryptSecret, tryDecrypt } from '../crypto/stored-secrets.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'

/** As long as Incode's session tokens live. */
const LIFE_MS = 90 * 86_400_000

/** An identity session that was started here, and who started it. */
export interface Interview {
  interviewId: string
  /** Resumes the session: whoever knows it is let in, so only its digest is kept. */
  uniqueId: string
  /** Incode's session token. Kept sealed. */
  token: string
  clientId: string
  /** `jti` of the auth token with which it was started. */
  tokenId?: string | undefined
  /** The participant, where a confidential client named them. */
  participant?: string | undefined
}

const started = z.object({
  id: z.string(),
  unique: z.string(),
  token: z.string(),
  client_id: z.string(),
  token_id: z.optional(z.string()),
  participant: z.optional(z.string()),
  expires_at: z.number(),
})
const kept = z.partial(z.extend(started, { onboarding_status: z.string(), approved: z.boolean() }))
const pointer = z.object({ interview_id: z.string(), expires_at: z.number() })

/** What is kept of a session. One that was begun elsewhere is known by its events alone and has no start. */
export interface InterviewState {
  interviewId: string
  start: { uniqueDigest: string; token: string; clientId: string; tokenId?: string; participant?: string } | null
  onboardingStatus: string | null
  /** Whether it led to an identity; null while that is open. */
  approved: boolean | null
}

const at = async (id: string) => ({ TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE, Key: { id } })
const idOf = (interviewId: string) => `interview#${interviewId}`
const uniqueIdOf = (uniqueId: string) => `unique#${secretDigest(uniqueId)}`
const tokenIdOf = (token: string) => `session-token#${secretDigest(token)}`

/**
 * Keeps a session that has just been started; false when its interview id is another's. Events of it may have come
 * before: what they have set stays.
 */
export async function saveInterview(interview: Interview, now: number): Promise<boolean> {
  const expires_at = unixSeconds(now + LIFE_MS)
  const { interviewId, uniqueId, token, clientId, tokenId, participant } = interview
  const own = await update(
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
  if (own) await Promise.all([uniqueIdOf(uniqueId), tokenIdOf(token)].map((id) => update(id, pointer)))
  return own
}

/** Sets attributes of an item; false when the condition does not hold. */
async function update(id: string, fields: Record<string, unknown>, condition?: string): Promise<boolean> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  return sendIfConditionHolds(
    documents.send(
      new UpdateCommand({
        ...(await at(id)),
        UpdateExpression: `SET ${present.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(present.map(([name]) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(present.map(([name, value]) => [`:${name}`, value])),
        ...(condition !== undefined && { ConditionExpression: condition }),
      }),
    ),
  )
}

/** The session of an interview id; null for one that is not known or whose time is over. */
export async function findInterview(interviewId: string, now: number): Promise<InterviewState | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await at(idOf(interviewId))), ConsistentRead: true }))
  const item = Item === undefined ? null : kept.parse(Item)
  if (!item || (item.expires_at ?? 0) < unixSeconds(now)) return null
  return {
    interviewId,
    start: await startOf(item),
    onboardingStatus: item.onboarding_status ?? null,
    approved: item.approved ?? null,
  }
}

/** Who started a session, and how; null when it was begun elsewhere, or what is sealed no longer opens. */
async function startOf(item: unknown): Promise<InterviewState['start']> {
  const whole = started.safeParse(item)
  if (!whole.success) return null
  const { unique, client_id, token_id } = whole.data
  const token = await tryDecrypt('identity_session', whole.data.token)
  const participant =
    whole.data.participant === undefined ? undefined : await tryDecrypt('identity_session', whole.data.participant)
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
  const interviewId = await pointedAt(uniqueIdOf(uniqueId), now)
  return interviewId === null ? null : findInterview(interviewId, now)
}

/** The interview id of a session token that was given here; null for every other token. */
export const findInterviewByToken = (token: string, now: number): Promise<string | null> =>
  pointedAt(tokenIdOf(token), now)

async function pointedAt(id: string, now: number): Promise<string | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await at(id)), ConsistentRead: true }))
  const found = Item === undefined ? null : pointer.parse(Item)
  return found && found.expires_at >= unixSeconds(now) ? found.interview_id : null
}

/** Moves a session to a status, when that one is further on (of a higher rank) than where it is. */
export async function advanceInterview(interviewId: string, status: string, rank: number, now: number): Promise<void> {
  await sendIfConditionHolds(
    documents.send(
      new UpdateCommand({
        ...(await at(idOf(interviewId))),
        UpdateExpression:
          'SET onboarding_status = :status, status_rank = :rank, expires_at = if_not_exists(expires_at, :ttl)',
        ConditionExpression: 'attribute_not_exists(status_rank) OR status_rank < :rank',
        ExpressionAttributeValues: { ':status': status, ':rank': rank, ':ttl': unixSeconds(now + LIFE_MS) },
      }),
    ),
  )
}

/** Notes whether a session led to an identity. An identity that was once made stays. */
export async function saveApproval(interviewId: string, approved: boolean): Promise<void> {
  await update(idOf(interviewId), { approved }, approved ? undefined : 'attribute_not_exists(#approved)')
}
