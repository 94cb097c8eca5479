// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterEach(() => vi.restoreAllMocks())
afterAll(() => latchkey.stop())

it('saveSeries writes a series again after 15 minutes, because a purge can delete its item', async () => {
  vi.resetModules()
  const { saveSeries } = await import('../../../lib/measurements/store/catalog.ts')
  const { findSeries } = await import('../../../lib/measurements/store/series.ts')
  const updates = () => latchkey.database.commands.filter((command) => command === 'UpdateItem').length
  const bringing = (...names: string[]) => [
    { source: 'default', columns: new Map(names.map((name) => [name, []])), span: 0 },
  ]
  const clock = vi.spyOn(Date, 'now').mockReturnValue(0)
  await saveSeries({ clientId: 'client' }, bringing('a'))
  const before = updates()
  clock.mockReturnValue(15 * 60_000 - 1)
  await saveSeries({ clientId: 'client' }, bringing('a'))
  expect(updates() - before).toBe(0)
  await saveSeries({ clientId: 'client' }, bringing('b'))
  // One update each for the series and the client.
  expect(updates() - before).toBe(2)
  // Saving other columns does not postpone the next write.
  clock.mockReturnValue(15 * 60_000)
  await saveSeries({ clientId: 'client' }, bringing('b'))
  expect(updates() - before).toBe(3)
  await saveSeries({ clientId: 'client' }, bringing('a'))
  expect(updates() - before).toBe(4)
  await saveSeries({ clientId: 'client' }, bringing('a', 'b'))
  expect(updates() - before).toBe(4)
  expect(await findSeries('client', { source: 'default' })).toMatchObject({ columns: new Set(['a', 'b']) })
})
