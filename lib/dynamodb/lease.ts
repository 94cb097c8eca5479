/** Names of the attributes in which an item stores a lease: the id of its holder, and its end in UNIX milliseconds. */
export interface LeaseAttributes {
  holder: string
  until: string
  /** Milliseconds: a lease that ends later than this from now was stored by a wrong clock, and is ignored. */
  longestMs?: number
}

/**
 * Condition of a write that acquires a lease, with a random id: the item has no lease, or an expired one, or already this
 * one. The SDK may retry after a lost response; then our own lease is already stored.
 */
export function requireFreeLease({ holder, until, longestMs }: LeaseAttributes, id: string, now: number) {
  const inFuture = longestMs === undefined ? '' : ' OR #until > :horizon'
  return {
    ConditionExpression: `(attribute_not_exists(#until) OR #until < :now${inFuture} OR #holder = :holder)`,
    ExpressionAttributeNames: { '#holder': holder, '#until': until },
    ExpressionAttributeValues: {
      ':holder': id,
      ':now': now,
      ...(longestMs !== undefined && { ':horizon': now + longestMs }),
    },
  }
}

/** Condition of a write by the holder of a lease. It holds until another caller acquires the lease, even after it expired. */
export const requireHeldLease = ({ holder }: LeaseAttributes, id: string) => ({
  ConditionExpression: '#holder = :holder',
  ExpressionAttributeNames: { '#holder': holder },
  ExpressionAttributeValues: { ':holder': id },
})
