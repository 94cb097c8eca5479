/** Groups items into arrays of `size`; the last one may be shorter. */
export async function* inChunks<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let chunk: Item[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}

/**
 * Runs over all items, at most `limit` at a time. After a failure no further item starts, and the running ones finish
 * before the first error is thrown: nothing runs on after the response. `p-map` rejects while mappers still run.
 */
export async function inParallel<Item>(items: Iterable<Item>, limit: number, run: (item: Item) => Promise<void>) {
  const queue = items[Symbol.iterator]()
  const failures: unknown[] = []
  const runNext = async () => {
    for (let next = queue.next(); !next.done && failures.length === 0; next = queue.next()) {
      await run(next.value).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: limit }, runNext))
  if (failures.length > 0) throw failures[0]
}
