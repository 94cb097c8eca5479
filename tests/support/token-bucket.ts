/**
 * A rate limit of AWS: `perSecond` units, which are all there at the start and return in time. `take` returns whether it
 * had that many units. `now` is the clock in milliseconds.
 */
export function tokenBucket(now: () => number, perSecond: number) {
  let units = perSecond
  let at = now()
  return {
    take(wanted = 1): boolean {
      units = Math.min(units + ((now() - at) / 1_000) * perSecond, perSecond)
      at = now()
      if (units < wanted) return false
      units -= wanted
      return true
    },
  }
}
