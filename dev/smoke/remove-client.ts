import assert from 'node:assert/strict'
import type { PurgeItem } from '../../lib/dynamodb/purge-items.ts'

/**
 * Removes the test's client and its rows, by their keys: a purge would read whole tables. The record of its revoked token
 * expires within a day. Rejects if something is left. The settings of the tables must be set before.
 */
export async function removeClient(clientId: string): Promise<void> {
  const { deleteClient } = await import('../../lib/clients/store-admin.ts')
  const { findClient } = await import('../../lib/clients/store.ts')
  const { ownedBlocks, ownedCatalog, ownedColumns } = await import('../../lib/measurements/store/admin.ts')
  await deleteClient(clientId)
  const emptied = new Set<string>()
  async function* blocks(): AsyncGenerator<PurgeItem> {
    for await (const item of ownedBlocks({ clientId })) {
      if ('kind' in item) yield item
      else emptied.add(item.series)
    }
  }
  for (const items of [blocks, () => ownedCatalog(clientId, emptied), () => ownedColumns(clientId, emptied)])
    for await (const item of items()) await item.remove()
  const left = await Array.fromAsync(ownedBlocks({ clientId }))
  assert.ok((await findClient(clientId)) === null && left.length === 0, `client ${clientId} is left`)
}
