import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { settings } from '../config.ts'
import { seal, unseal } from '../hashing/seal.ts'
import { secretDigest } from '../hashing/secrets.ts'
import { documents, isConditionFailure, unixSeconds } from './dynamodb.ts'

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
  token_id: z.string().optional(),
  participant: z.string().optional(),
  expires_at: z.number(),
})
const kept = started.partial().extend({ onboarding_status: z.string().optional(), approved: z.boolean().optional() })
const pointer = z.object({ interview_id: z.string(), expires_at: z.number() })

/** What is kept of a session. One that was begun elsewhere is known by its events alone and has no start. */
export interface KeptInterview {
  interviewId: string
  start: { uniqueDigest: string; token: string; clientId: string; tokenId?: string; participant?: string } | null
  onboardingStatus: string | null
  /** Whether it led to an identity; null while that is open. */
  approved: boolean | null
}

const at = async (id: string) => ({ TableName: (await settings('SESSIONS_TABLE')).SESSIONS_TABLE, Key: { id } })
const idOf = (interviewId: string) => `interview#${interviewId}`
const pointerOf = (uniqueId: string) => `unique#${secretDigest(uniqueId)}`

/** Keeps a session that has just been started. Events of it may have come before: what they have set stays. */
export async function saveInterview(interview: Interview, now: number): Promise<void> {
  const { SEAL_KEY } = await settings('SEAL_KEY')
  const expires = unixSeconds(now + LIFE_MS)
  await Promise.all([
    put(idOf(interview.interviewId), {
      unique: secretDigest(interview.uniqueId),
      token: await seal(interview.token, SEAL_KEY),
      client_id: interview.clientId,
      token_id: interview.tokenId,
      participant: interview.participant,
      expires_at: expires,
    }),
    put(pointerOf(interview.uniqueId), { interview_id: interview.interviewId, expires_at: expires }),
  ])
}

async function put(id: string, fields: Record<string, unknown>): Promise<void> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined)
  await documents.send(
    new UpdateCommand({
      ...(await at(id)),
      UpdateExpression: `SET ${present.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(present.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(present.map(([name, value]) => [`:${name}`, value])),
    }),
  )
}

/** The session of an interview id; null for one that is not known or whose time is over. */
export async function findInterview(interviewId: string, now: number): Promise<KeptInterview | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await at(idOf(interviewId))), ConsistentRead: true }))
  const { SEAL_KEY } = await settings('SEAL_KEY')
  const item = Item === undefined ? null : kept.parse(Item)
  if (!item || (item.expires_at ?? 0) < unixSeconds(now)) return null
  const whole = started.safeParse(item)
  const token = whole.success ? await unseal(whole.data.token, SEAL_KEY).catch(() => null) : null
  return {
    interviewId,
    start:
      whole.success && token !== null
        ? {
            uniqueDigest: whole.data.unique,
            token,
            clientId: whole.data.client_id,
            ...(whole.data.token_id !== undefined && { tokenId: whole.data.token_id }),
            ...(whole.data.participant !== undefined && { participant: whole.data.participant }),
          }
        : null,
    onboardingStatus: item.onboarding_status ?? null,
    approved: item.approved ?? null,
  }
}

/** The session that a uniqueId resumes. */
export async function findByUniqueId(uniqueId: string, now: number): Promise<KeptInterview | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await at(pointerOf(uniqueId))), ConsistentRead: true }))
  return Item === undefined ? null : findInterview(pointer.parse(Item).interview_id, now)
}

/** Moves a session to a status, when that one is further on (of a higher rank) than where it is. */
export async function moveInterview(interviewId: string, status: string, rank: number, now: number): Promise<void> {
  try {
    await documents.send(
      new UpdateCommand({
        ...(await at(idOf(interviewId))),
        UpdateExpression:
          'SET onboarding_status = :status, status_rank = :rank, expires_at = if_not_exists(expires_at, :ttl)',
        ConditionExpression: 'attribute_not_exists(status_rank) OR status_rank < :rank',
        ExpressionAttributeValues: { ':status': status, ':rank': rank, ':ttl': unixSeconds(now + LIFE_MS) },
      }),
    )
  } catch (error) {
    if (!isConditionFailure(error)) throw error
  }
}

/** Notes whether a session led to an identity. An identity that was once made stays. */
export async function noteApproval(interviewId: string, approved: boolean): Promise<void> {
  await put(idOf(interviewId), { approved })
}
