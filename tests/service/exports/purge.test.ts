// @module-tag local-only
// The command line works on tables and parameters of its own.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { exporter } from '../../support/exports.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let purge: typeof import('../../../cli/support/purge-items.ts')
beforeAll(async () => {
  latchkey = await startLatchkey()
  vi.resetModules()
  purge = await import('../../../cli/support/purge-items.ts')
})
afterAll(() => latchkey.stop())

async function exportsOf(clientId: string, participant?: string, remove = false) {
  const all = await purge.findPurgeItems({ clientId, participant }, false)
  const parts = (await purge.gatherItems(all, remove, () => undefined)).parts()
  return parts.flatMap(({ kind, items, rows }) => (kind === 'exports' ? [{ items, rows }] : []))
}

it('a purge removes exports of the participant, and those of the client that contain its rows', async () => {
  const { client_id } = await latchkey.register({ scope: 'upload download' })
  const of = async (parameters = {}) => latchkey.token(client_id, parameters)
  const readers = await Promise.all(
    [{}, { participant_id: 'Ada' }, { participant_id: 'Bob' }].map(async (parameters) => {
      const token = await of(parameters)
      await latchkey.upload(token, JSON.stringify({ time: 1, n: 1 }))
      return exporter(latchkey, token)
    }),
  )
  const made = await Promise.all(readers.map((reader) => reader.run({ format: 'csv' })))
  const admin = exporter(latchkey, latchkey.adminToken)
  const statuses = () => Promise.all(made.map(async ({ id }) => (await admin.get(id)).status))
  expect(await statuses()).toEqual([200, 200, 200])

  expect(await exportsOf(client_id)).toEqual([{ items: 3, rows: 5 }])
  expect(await exportsOf(client_id, 'Ada', true)).toEqual([{ items: 2, rows: 4 }])
  expect(await statuses()).toEqual([404, 404, 200])
  expect(await exportsOf(client_id, 'Ada')).toEqual([])
  await latchkey.runScheduled('process-files.mjs')
  const left = await latchkey.bucket.store.list('exports/')
  expect(left.map(({ key }) => key)).toEqual([expect.stringContaining(`exports/${made[2]?.id}/`)])
  expect(await exportsOf(client_id, undefined, true)).toEqual([{ items: 1, rows: 1 }])
})
