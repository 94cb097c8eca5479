import { describe, expect, it } from 'vitest'
import { inChunks, inParallel } from '../../../lib/core/concurrency.ts'

describe('inChunks', () => {
  async function* numbers(count: number) {
    for (let number = 0; number < count; number += 1) yield number
  }

  it.each([
    [0, []],
    [2, [[0, 1]]],
    [5, [[0, 1], [2, 3], [4]]],
  ])('groups %i items, with the rest in the last group', async (count, chunks) => {
    expect(await Array.fromAsync(inChunks(numbers(count), 2))).toEqual(chunks)
  })
})

describe('inParallel', () => {
  it('processes every item, with at most the limit at the same time', async () => {
    const finished: number[] = []
    let [running, most] = [0, 0]
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      finished.push(item)
    })
    expect(finished.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(most).toBe(3)
  })

  it('starts no more items after a failure, and throws the first error', async () => {
    const { promise: release, resolve } = Promise.withResolvers<void>()
    const started: number[] = []
    const finished: number[] = []
    const all = inParallel([1, 2, 3, 4], 2, async (item) => {
      started.push(item)
      if (item === 2) {
        setImmediate(resolve)
        throw new Error('first')
      }
      await release
      finished.push(item)
      throw new Error('second')
    })
    await expect(all).rejects.toThrow('first')
    expect(started).toEqual([1, 2])
    expect(finished).toEqual([1])
  })
})
