import { hash } from 'node:crypto'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import { sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { CHALLENGE_SECONDS } from './challenge.ts'
import { PROOF_AHEAD_SECONDS, PROOF_SECONDS } from './possession.ts'

/** A record outlives what it is about on every host. */
const MARGIN_SECONDS = 60

/** Records that a request uses a valid challenge. Returns false if another request used it before. */
export const consumeChallenge = (challenge: string, requestId: string, now: number): Promise<boolean> =>
  recordFirstUse(`challenge#${digest(challenge)}`, requestId, unixSeconds(now) + CHALLENGE_SECONDS)

/** Records that a request uses a proof by a key. Returns false if another request used its `jti` before. */
export const consumeProof = (jkt: string, jti: string, requestId: string, now: number): Promise<boolean> =>
  recordFirstUse(`proof#${digest(`${jkt}.${jti}`)}`, requestId, unixSeconds(now) + PROOF_SECONDS + PROOF_AHEAD_SECONDS)

const digest = (text: string): string => hash('sha256', text, 'base64url')

async function recordFirstUse(id: string, requestId: string, until: number): Promise<boolean> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  return sendIfConditionHolds(
    new PutCommand({
      TableName: SESSIONS_TABLE,
      Item: { id, used_by: requestId, expires_at: until + MARGIN_SECONDS },
      // The SDK may retry after a lost response; then it is this request.
      ConditionExpression: 'attribute_not_exists(id) OR used_by = :request',
      ExpressionAttributeValues: { ':request': requestId },
    }),
  )
}
