import { spreadOver } from '../core/spread.ts'

/**
 * Of a list in an index, by a digest of the id. One partition accepts about 1,000 write units per second, and each item
 * costs two: when it enters and when it leaves.
 */
const SHARDS = 10

/** The list that an item with an id belongs to, such as `due#3` for `due`. */
export const listOfShard = (list: string, id: string): string => `${list}#${spreadOver(id, SHARDS)}`

/** All shards of a list, first the list itself, which earlier versions used. */
export const shardsOf = (list: string): string[] => [
  list,
  ...Array.from({ length: SHARDS }, (_, shard) => `${list}#${shard}`),
]

/** Whether a text is the name of a shard of a list, or the list itself. */
export const isShardOf = (list: string, shard: string): boolean => shardsOf(list).includes(shard)
