import type { Block } from '../measurements/blocks.ts'
import { firstPosition } from '../measurements/position.ts'
import { boxDigest, boxToForward, type ForwardingFilters } from './box.ts'
import { shardOf } from './due-lists.ts'

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
