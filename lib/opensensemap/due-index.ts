import type { Block } from '../measurements/blocks.ts'
import { firstPosition } from '../measurements/position.ts'
import { boxDigest, boxToForward, type ForwardingFilters } from './box.ts'

/**
 * Blocks to forward are in the sparse index `forward`, whose partitions are four lists of due blocks and one of parked
 * blocks. A list is sorted by box, then blocks with a position first, then by time. A query skips a box in one step.
 */
export const SHARDS = ['due#0', 'due#1', 'due#2', 'due#3'] as const
export const PARKED = 'parked'

/** The list that contains all due blocks of a box. */
export const shardOf = (digest: string): string => SHARDS[digest.charCodeAt(0) % SHARDS.length] ?? SHARDS[0]

/** Attributes that mark a block as due, to store with the block; empty if it is not forwarded. */
export function dueAttributes(
  box: string | null,
  { key, columns }: Pick<Block, 'key' | 'columns'>,
): Readonly<Record<string, { S: string }>> {
  if (box === null) return {}
  const digest = boxDigest(box)
  const hasPosition = firstPosition(columns) !== null
  return {
    forward_list: { S: shardOf(digest) },
    forward_order: { S: `${digest}#${hasPosition ? 0 : 1}#${key}` },
    forward_box: { S: box },
  }
}

/** Makes the attributes that mark the blocks of a client's upload as due. */
export const markDueBlocks = (clientId: string, filters: ForwardingFilters) => (block: Block) =>
  dueAttributes(boxToForward(clientId, block, filters), block)
