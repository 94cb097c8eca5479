import { hash } from 'node:crypto'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import { dynamodb, isConditionFailure, unixSeconds } from '../dynamodb/client.ts'
import type { Request } from '../http/request.ts'
import { type DpopProof, MAX_AGE_SECONDS, MAX_AHEAD_SECONDS, proofInvalid } from './dpop.ts'

/** Maximum clock difference between the hosts of functions, with a margin. */
const HOSTS_SECONDS = 60

/** Records that a request uses a proof. Throws `proof_invalid` if another request used it before (RFC 9449 section 11.1). */
export async function consumeProof({ jkt, jti }: DpopProof, { id, receivedAt }: Request): Promise<void> {
  if (!(await recordProof(jkt, jti, id, receivedAt))) throw proofUsed()
}

/**
 * Records that a request uses a proof by a key, of DPoP or of an attested app: both have the same maximum age. Returns
 * false if another request used its `jti` before.
 */
export const recordProof = (jkt: string, jti: string, requestId: string, now: number): Promise<boolean> =>
  recordFirstUse(`dpop#${digest(`${jkt}.${jti}`)}`, requestId, unixSeconds(now) + MAX_AGE_SECONDS + MAX_AHEAD_SECONDS)

/** Records that a request uses a challenge. Returns false if another request used it before. */
export const recordChallenge = (challenge: string, requestId: string, validUntil: number): Promise<boolean> =>
  recordFirstUse(`challenge#${digest(challenge)}`, requestId, validUntil)

/** The caller chooses the text of what it uses. */
const digest = (text: string): string => hash('sha256', text, 'base64url')

/** The record expires after that which the request uses is invalid on every host. */
async function recordFirstUse(id: string, requestId: string, validUntil: number): Promise<boolean> {
  const { SESSIONS_TABLE: TableName } = await getSettings('SESSIONS_TABLE')
  const write = new PutItemCommand({
    TableName,
    Item: {
      id: { S: id },
      used_by: { S: requestId },
      expires_at: { N: String(validUntil + HOSTS_SECONDS) },
    },
    // The SDK may retry after a lost response; then the record is that of this request.
    ConditionExpression: 'attribute_not_exists(id) OR used_by = :request',
    ExpressionAttributeValues: { ':request': { S: requestId } },
  })
  try {
    await dynamodb.send(write)
    return true
  } catch (error) {
    if (isConditionFailure(error)) return false
    throw error
  }
}

export const proofUsed = () => proofInvalid('it was used before, and each request needs a new one')
