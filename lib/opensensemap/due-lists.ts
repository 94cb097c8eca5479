/**
 * Blocks to forward are in the sparse index `forward`, whose partitions are four lists of due blocks and one of parked
 * blocks. A list is sorted by box, then blocks with a position first, then by time. A query skips a box in one step.
 */
export const SHARDS = ['due#0', 'due#1', 'due#2', 'due#3'] as const
export const PARKED = 'parked'

/** The list that contains all due blocks of a box. */
export const shardOf = (digest: string): string => SHARDS[digest.charCodeAt(0) % SHARDS.length] ?? SHARDS[0]
