import type { AttributeValue } from '@aws-sdk/client-dynamodb'

/** A stored item of an owner, which a purge can remove. */
export interface PurgeItem {
  kind: string
  /** The series of measurements. */
  source?: string
  /** Table and key. */
  key: string
  bytes: number
  rows?: number
  /** UNIX milliseconds. */
  first?: number
  last?: number
  remove(): Promise<void>
}

export type RawItem = Record<string, AttributeValue>

/** Approximate size of an item in bytes, as DynamoDB computes it. */
export const itemBytes = (item: RawItem): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0)

function valueBytes({ S, N, B, SS, NS, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S)
  if (N !== undefined) return Math.ceil(N.length / 2) + 1
  if (B !== undefined) return B.length
  if (M !== undefined) return 3 + itemBytes(M)
  if (L !== undefined) return L.reduce((sum, value) => sum + 1 + valueBytes(value), 3)
  return [...(SS ?? []), ...(NS ?? [])].reduce((sum, text) => sum + Buffer.byteLength(text), 1)
}
