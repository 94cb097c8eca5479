import { spreadOver } from '../../lib/core/spread.ts'

/**
 * As `lib/dynamodb/shards.ts`, with two shards: every run of a schedule queries all shards. For tests of what follows after
 * a crash, which does not depend on the number of shards:
 * `vi.mock(import('../../../lib/dynamodb/shards.ts'), () => import('../../support/few-shards.ts'))`.
 */
const SHARDS = 2

export const listOfShard = (list: string, id: string): string => `${list}#${spreadOver(id, SHARDS)}`
export const shardsOf = (list: string): string[] => [list, `${list}#0`, `${list}#1`]
export const isShardOf = (list: string, shard: string): boolean => shardsOf(list).includes(shard)
