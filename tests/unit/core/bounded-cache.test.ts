import { afterEach, describe, expect, it, vi } from 'vitest'
import { boundedCache } from '../../../lib/core/bounded-cache.ts'

afterEach(() => vi.useRealTimers())

describe('boundedCache', () => {
  it('returns a value from its start until its end, and not while the clock is before its start', () => {
    vi.useFakeTimers({ now: 1_000 })
    const cache = boundedCache<string>(10)
    cache.set('a', 'x', 1_000, 2_000)
    expect(cache.get('a')).toBe('x')
    vi.setSystemTime(1_999)
    expect(cache.get('a')).toBe('x')
    vi.setSystemTime(2_000)
    expect(cache.get('a')).toBeUndefined()
    vi.setSystemTime(999)
    expect(cache.get('a')).toBeUndefined()
  })

  it('makes room for new values with those that were set first', () => {
    const cache = boundedCache<number>(3)
    for (const [index, key] of ['a', 'b', 'c'].entries()) cache.set(key, index, 0, Infinity)
    cache.set('a', 9, 0, Infinity)
    cache.set('d', 4, 0, Infinity)
    expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key))).toEqual([9, undefined, 2, 4])
  })

  it('is bounded by the sizes of its values, and does not remember one that is larger', () => {
    const cache = boundedCache<string>(10, ({ length }) => length)
    cache.set('a', '12345', 0, Infinity)
    cache.set('b', '12345', 0, Infinity)
    cache.set('c', '123456', 0, Infinity)
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([undefined, undefined, '123456'])
    cache.set('c', '12345678901', 0, Infinity)
    expect(cache.get('c')).toBeUndefined()
    cache.set('a', '1234567890', 0, Infinity)
    expect(cache.get('a')).toBe('1234567890')
  })
})
