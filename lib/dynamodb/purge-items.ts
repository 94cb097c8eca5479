import type { AttributeValue } from '@aws-sdk/client-dynamodb'

/** Whose data is meant: all of a client, or of one participant of it. */
export interface DataOwner {
  clientId: string
  participant?: string | undefined
}

/** Something that belongs to somebody, and may be removed. */
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

/** Bytes of an item, about as DynamoDB counts them: names, texts in UTF-8, a number by its digits, and a bit for lists. */
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
