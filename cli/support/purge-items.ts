import { inChunks, inParallel } from '../../lib/core/concurrency.ts'
import type { DataOwner, PurgeItem } from '../../lib/dynamodb/purge-items.ts'
import { gathering } from './purge-report.ts'

/** Items that are looked for together, and how many of them are removed at once. */
export interface PurgePlan {
  items(): AsyncIterable<PurgeItem>
  atOnce: number
}

/** Items between two looks at the table. */
const CHUNK = 100
const AT_ONCE = 8

/**
 * All that is known to belong to an owner, in the order in which it is to be removed: first what lets more come in,
 * last what helps to find the rest, so that a removal that was cut off may be repeated.
 */
export async function findPurgeItems(owner: DataOwner, registration: boolean): Promise<PurgePlan[]> {
  const { clientId, participant } = owner
  const { ownedBlocks, ownedCatalog, ownedColumns, ownedImports } = await import(
    '../../lib/measurements/store/admin.ts'
  )
  const { ownedSalts, ownedSessions } = await import('../../lib/identity/store-admin.ts')
  const { ownedUnfinishedSubmissions, ownedSubmissions } = await import('../../lib/submissions/store-admin.ts')
  const { listOwnedTokens } = await import('../../lib/clients/store-tokens-admin.ts')

  const jtis = new Set<string>()
  for await (const { jti } of listOwnedTokens(owner)) jtis.add(jti)
  /** Series in which nothing remains. */
  const emptied = new Set<string>()
  async function* blocks(): AsyncGenerator<PurgeItem> {
    const touched = new Set<string | undefined>([participant])
    for await (const found of ownedBlocks(owner)) {
      if ('kind' in found) {
        touched.add(found.source)
        yield found
      } else if (!found.others && (participant === undefined || touched.has(found.source))) emptied.add(found.source)
    }
  }
  return [
    ...(registration ? [registrationOf(clientId), { items: () => ownedSalts(clientId), atOnce: 1 }] : []),
    // What was begun with a token is found by it.
    { items: () => ownedSessions(owner, jtis), atOnce: 1 },
    { items: () => listOwnedTokens(owner), atOnce: AT_ONCE },
    { items: () => ownedSubmissions(owner), atOnce: AT_ONCE },
    { items: () => ownedUnfinishedSubmissions(owner), atOnce: AT_ONCE },
    { items: blocks, atOnce: AT_ONCE },
    { items: () => ownedCatalog(clientId, emptied), atOnce: AT_ONCE },
    { items: () => ownedColumns(clientId, emptied), atOnce: 1 },
    ...(participant === undefined ? [{ items: () => ownedImports(clientId), atOnce: 1 }] : []),
  ]
}

function registrationOf(clientId: string): PurgePlan {
  return {
    atOnce: 1,
    async *items() {
      const { deleteClient } = await import('../../lib/clients/store-admin.ts')
      const { findClient } = await import('../../lib/clients/store.ts')
      const client = await findClient(clientId)
      if (!client) return
      const bytes = Buffer.byteLength(JSON.stringify(client))
      yield { kind: 'registration', key: `clients ${clientId}`, bytes, remove: () => deleteClient(clientId) }
    },
  }
}

/** Sums up what there is, and removes it if that is wanted. `at` hears how many kinds are done. */
export async function gatherItems(owned: readonly PurgePlan[], remove: boolean, at: (done: number) => void) {
  const found = gathering()
  for (const [index, { items, atOnce }] of owned.entries()) {
    for await (const chunk of inChunks(items(), CHUNK)) {
      if (remove) await inParallel(chunk, atOnce, (item) => item.remove())
      for (const item of chunk) found.add(item)
    }
    at(index + 1)
  }
  return found
}
