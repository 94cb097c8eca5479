/** What a container remembers for a while. It may be lost at any time. */
export interface BoundedCache<T> {
  /** The value of a key; undefined once it has expired or made room for others. */
  get(key: string): T | undefined
  /** Remembers a value that was true at `from`, until `until` (both UNIX milliseconds). */
  set(key: string, value: T, from: number, until: number): void
}

/**
 * A cache whose values have at most `maxSize` together, in the unit of `sizeOf`: by default, their number. The values that
 * were set first make room for new ones. A value larger than `maxSize` is not remembered.
 */
export function boundedCache<T>(maxSize: number, sizeOf: (value: T) => number = () => 1): BoundedCache<T> {
  const entries = new Map<string, { value: T; size: number; from: number; until: number }>()
  let total = 0
  const remove = (key: string): void => {
    total -= entries.get(key)?.size ?? 0
    entries.delete(key)
  }
  return {
    get(key) {
      const entry = entries.get(key)
      const now = Date.now()
      // A clock that was set back would make an entry valid for longer.
      return entry && entry.from <= now && now < entry.until ? entry.value : undefined
    },
    set(key, value, from, until) {
      const size = sizeOf(value)
      remove(key)
      if (size > maxSize) return
      for (const oldest of entries.keys()) {
        if (total + size <= maxSize) break
        remove(oldest)
      }
      entries.set(key, { value, size, from, until })
      total += size
    },
  }
}
