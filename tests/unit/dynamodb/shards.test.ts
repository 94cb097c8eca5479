import { expect, it } from 'vitest'
import { isShardOf, listOfShard, shardsOf } from '../../../lib/dynamodb/shards.ts'

it('an id always has the same shard, and ids are spread over all shards', () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => `event#incode#${index}`)
  expect(listOfShard('due', 'a')).toBe(listOfShard('due', 'a'))
  const counts = Map.groupBy(ids, (id) => listOfShard('due', id))
  expect([...counts.keys()].sort()).toEqual(shardsOf('due').slice(1))
  for (const { length } of counts.values()) expect(length).toBeGreaterThan(50)
})

it('the shards of a list include the list of earlier versions', () => {
  expect(shardsOf('due')).toHaveLength(11)
  expect(isShardOf('due', 'due')).toBe(true)
  expect(isShardOf('due', 'due#9')).toBe(true)
  for (const other of ['due#10', 'parked', 'parked#1', '']) expect(isShardOf('due', other)).toBe(false)
})
