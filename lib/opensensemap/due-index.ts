import type { Block } from '../measurements/blocks.ts'
import { firstPosition } from '../measurements/position.ts'
import { boxDigest } from './box.ts'

/**
 * Blocks that are to be forwarded are in the sparse index `forward`: its partitions are a few lists of what is due, and
 * one of what was given up (`parked`). Within them blocks stand by box, those that tell where the box is first, and
 * then by time: a box that has to wait is passed over by one step, however much waits with it.
 */
export const SHARDS = ['due#0', 'due#1', 'due#2', 'due#3'] as const
export const PARKED = 'parked'

/** The list in which a box's blocks are due: all of them in the same. */
export const shardOf = (digest: string): string => SHARDS[digest.charCodeAt(0) % SHARDS.length] ?? SHARDS[0]

/** Attributes that mark a block as due, to write with the block; none if it goes to no box. */
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
