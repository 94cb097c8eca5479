/** Returns a function that runs at most `limit` tasks at once. Others wait, in their order. */
export function limiter(limit: number) {
  let running = 0
  const waiting: (() => void)[] = []
  return async <Result>(task: () => Promise<Result>): Promise<Result> => {
    if (running === limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await task()
    } finally {
      // A task that waits gets the place of this one.
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
