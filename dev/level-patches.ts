import { AbstractKeyIterator, AbstractLevel, AbstractValueIterator } from 'abstract-level'

/**
 * Lets dynalite close its iterators. dynalite 4 calls `return`, which iterators of abstract-level 3 do not have. Each Query
 * and Scan left one open, with 30 kB, until the database closed.
 */
for (const { prototype } of [AbstractKeyIterator, AbstractValueIterator])
  Object.assign(prototype, {
    return(this: { close(): Promise<void> }) {
      return this.close()
    },
  })

/**
 * Reads a value in the calling thread, because asking another one takes longer than reading. For each command, dynalite
 * reads five or more values, most of them definitions of tables.
 */
Object.assign(AbstractLevel.prototype, {
  async get(this: AbstractLevel<string>, key: string) {
    if (this.status === 'opening') await this.open()
    return this.getSync(key)
  },
})
