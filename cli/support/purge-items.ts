import type { DataOwner } from '../../lib/core/caller.ts'
import { inChunks, inParallel } from '../../lib/core/concurrency.ts'
import type { PurgeItem } from '../../lib/dynamodb/purge-items.ts'
import { createReport } from './purge-report.ts'

/** Items of one search, and how many of them are removed concurrently. */
export interface PurgePlan {
  items(): AsyncIterable<PurgeItem>
  atOnce: number
}

/** Items per batch of removals. */
const CHUNK = 100
const AT_ONCE = 8

/**
 * All items of an owner in the order of their removal. Items that permit uploads come first. Items that help to find the
 * others come last, so that an interrupted purge can be repeated.
 */
export async function findPurgeItems(owner: DataOwner, registration: boolean): Promise<PurgePlan[]> {
  const { clientId, participant } = owner
  const { ownedBlocks, ownedCatalog, ownedColumns, ownedImports } = await import(
    '../../lib/measurements/store/admin.ts'
  )
  const { ownedSalts, ownedSessions } = await import('../../lib/identity/store-admin.ts')
  const { ownedUnfinishedSubmissions, ownedSubmissions } = await import('../../lib/submissions/store-admin.ts')
  const { ownedFiles } = await import('../../lib/files/store-admin.ts')
  const { ownedExports } = await import('../../lib/exports/store-admin.ts')
  const { listOwnedCodes, listOwnedDevices, listOwnedShares, listOwnedTokens } = await import(
    '../../lib/clients/store-tokens-admin.ts'
  )

  const jtis = new Set<string>()
  for await (const { jti } of listOwnedTokens(owner)) jtis.add(jti)
  /** Keys of series without remaining blocks. */
  const emptySeries = new Set<string>()
  async function* blocks(): AsyncGenerator<PurgeItem> {
    for await (const item of ownedBlocks(owner)) {
      if ('kind' in item) yield item
      else if (item.emptied) emptySeries.add(item.series)
    }
  }
  return [
    ...(registration ? [registrationOf(clientId), { items: () => ownedSalts(clientId), atOnce: 1 }] : []),
    // Before the tokens, because their ids identify the sessions.
    { items: () => ownedSessions(owner, jtis), atOnce: 1 },
    { items: () => listOwnedShares(owner), atOnce: AT_ONCE },
    { items: () => listOwnedCodes(owner), atOnce: AT_ONCE },
    { items: () => listOwnedDevices(owner), atOnce: AT_ONCE },
    { items: () => listOwnedTokens(owner), atOnce: AT_ONCE },
    // Before the rows that the work on them may still store.
    { items: () => ownedFiles(owner), atOnce: AT_ONCE },
    { items: () => ownedExports(owner), atOnce: AT_ONCE },
    { items: () => ownedSubmissions(owner), atOnce: AT_ONCE },
    { items: () => ownedUnfinishedSubmissions(owner), atOnce: AT_ONCE },
    { items: blocks, atOnce: AT_ONCE },
    { items: () => ownedCatalog(clientId, emptySeries), atOnce: AT_ONCE },
    { items: () => ownedColumns(clientId, emptySeries), atOnce: 1 },
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

/** Adds all items to a report, and removes them if `remove` is set. `at` receives the number of kinds that are done. */
export async function gatherItems(plans: readonly PurgePlan[], remove: boolean, at: (done: number) => void) {
  const report = createReport()
  for (const [index, { items, atOnce }] of plans.entries()) {
    for await (const chunk of inChunks(items(), CHUNK)) {
      if (remove) await inParallel(chunk, atOnce, (item) => item.remove())
      for (const item of chunk) report.add(item)
    }
    at(index + 1)
  }
  return report
}
