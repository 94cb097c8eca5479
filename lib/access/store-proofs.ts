import { hash } from 'node:crypto'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import { dynamodb, isConditionFailure, unixSeconds } from '../dynamodb/client.ts'
import type { Request } from '../http/request.ts'
import { type DpopProof, MAX_AGE_SECONDS, MAX_AHEAD_SECONDS, proofInvalid } from './dpop.ts'

/** Maximum clock difference between the hosts of functions, with a margin. */
const HOSTS_SECONDS = 60

/**
 * Records that a request uses a proof. Throws `proof_invalid` if another request used it before (RFC 9449 section 11.1).
 * The record expires after the proof is too old for every host. Its key is a digest, because the caller chooses `jti`.
 */
export async function consumeProof({ jkt, jti }: DpopProof, { id, receivedAt }: Request): Promise<void> {
  const { SESSIONS_TABLE: TableName } = await getSettings('SESSIONS_TABLE')
  const expiresAt = unixSeconds(receivedAt) + MAX_AGE_SECONDS + MAX_AHEAD_SECONDS + HOSTS_SECONDS
  const write = new PutItemCommand({
    TableName,
    Item: {
      id: { S: `dpop#${hash('sha256', `${jkt}.${jti}`, 'base64url')}` },
      used_by: { S: id },
      expires_at: { N: String(expiresAt) },
    },
    // The SDK may retry after a lost response; then the record is that of this request.
    ConditionExpression: 'attribute_not_exists(id) OR used_by = :request',
    ExpressionAttributeValues: { ':request': { S: id } },
  })
  try {
    await dynamodb.send(write)
  } catch (error) {
    throw isConditionFailure(error) ? proofUsed() : error
  }
}

export const proofUsed = () => proofInvalid('it was used before, and each request needs a new one')
