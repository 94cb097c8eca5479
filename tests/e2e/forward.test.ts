import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'

let latchkey: Latchkey
let token: string
const start = async (settings: Record<string, string> = {}) => {
  latchkey = await startLatchkey({ OSEM_UPLOAD: 'true', ...settings })
  const { client_id } = await latchkey.register()
  token = await latchkey.token(client_id)
}
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
})
afterEach(async () => {
  vi.useRealTimers()
  await latchkey.stop()
})

const forward = () => latchkey.runScheduled('forward.mjs')
const upload = async (columns: Record<string, unknown>) => {
  const answer = await latchkey.upload(token, JSON.stringify(columns))
  expect(await answer.json()).toMatchObject({ 'saved-in-db': expect.any(Number) })
}
const ago = (ms: number) => new Date(Date.now() - ms).toISOString()

describe('a measurement', () => {
  it('arrives once, in a box that is made for it', async () => {
    await start()
    const time = ago(5_000)
    await upload({ box: ['indoor'], lat: [48.52], lon: [9.05], time: [time], scd30_co2_ppm: [612.34567], co2: [1] })
    expect(latchkey.openSenseMap.calls).toEqual([])
    await forward()
    await forward()
    const { boxes, measurements } = latchkey.openSenseMap
    const [box] = boxes.values()
    expect(box).toMatchObject({ name: 'latchkey senseBox indoor', exposure: 'indoor' })
    expect(measurements).toEqual([
      { box: box?._id, sensor: box?.sensors[0]?._id, value: '612.346', createdAt: time, location: [9.05, 48.52] },
    ])
  })
})
