// @module-tag local-only
// The test moves the clock.
import { expect, it } from 'vitest'
import { HISTORY_BOXES, LIVE_BOX } from '../../../dev/demo/boxes.ts'
import { rowsOf } from '../../../dev/demo/rows.ts'
import { startForwarding } from '../../support/forwarding.ts'

it('the boxes of the demo reach openSenseMap, with their positions', async () => {
  const { latchkey, osem, clientId, later, stop } = await startForwarding()
  const token = await latchkey.token(clientId)
  const now = Math.floor(Date.now() / 1_000) - 120
  const boxes = [...HISTORY_BOXES, LIVE_BOX]
  for (const box of boxes) {
    const table = rowsOf(box, now, now - 2 * box.interval)
    expect((await latchkey.upload(token, JSON.stringify(table))).status).toBe(200)
  }
  await later(0)
  const created = [...osem.boxes.values()].map(({ name, currentLocation }) => [name, currentLocation?.coordinates])
  expect(created.toSorted()).toEqual(
    boxes.map(({ name, position }) => [`latchkey senseBox ${name}`, [position.lon, position.lat]]).toSorted(),
  )
  expect(osem.measurements.length).toBeGreaterThan(boxes.length)
  await stop()
})
