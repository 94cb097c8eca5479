// @module-tag local-only
// Every test moves the clock.
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { type Forwarding, filled, HOUR, MINUTE, startForwarding, storeBlocks } from '../../support/forwarding.ts'

let on: Forwarding
const start = async (settings: Record<string, string> = {}) => {
  on = await startForwarding({ OSEM_DEFAULT_POSITION: '48.52,9.05', ...settings })
  on.osem.rateLimit.posts = 1_000_000
}
afterEach(() => on.stop())

const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
const values = () => on.osem.measurements.map(({ value }) => Number(value))
const arrivedOf = (box: string) => on.arrived().filter((each) => each.startsWith(`${box} `))
const theBox = () => [...on.osem.boxes.values()][0]
const heal = () => {
  on.latchkey.database.plan = () => undefined
  on.osem.plan = () => undefined
}
/** Uploads a current measurement of a box. */
const reading = (box: string, value: Cell, more: Record<string, Cell[]> = {}) =>
  on.upload({ box: [box], time: [ago(0)], a_b_c: [value], ...more })
/** Runs forwarding `count` times, with `apart` milliseconds before each. */
const runs = async (count: number, apart = 10 * MINUTE) => {
  for (let run = 0; run < count; run += 1) await on.later(apart)
}
/** Uploads rows as another client. */
async function stranger(columns: Record<string, readonly unknown[]>): Promise<void> {
  const { client_id } = await on.latchkey.register()
  const answer = await on.latchkey.upload(await on.latchkey.token(client_id), JSON.stringify(columns))
  expect(answer.status).toBe(200)
}
describe('a box whose state exceeds the size of an item', () => {
  it('with 850 long column names receives all measurements, without delaying others', async () => {
    await start()
    const columns = Array.from({ length: 850 }, (_, index) => [`a_b_${'漢'.repeat(120)}${index}`, [index]])
    await on.upload({ time: [ago(0)], box: ['evil'], ...Object.fromEntries(columns) })
    for (let run = 1; run <= 2; run += 1) {
      await reading('good', run)
      await on.later(2 * MINUTE)
      expect(arrivedOf('good')).toHaveLength(run)
    }
    expect(arrivedOf('evil')).toHaveLength(850)
  })

  it('with 400 partially sent blocks receives all measurements once, without delaying others', async () => {
    await start()
    const box = '𠀀'.repeat(250)
    const row = (index: number): Cell[] => [ago(400_000 - index * 1_000), ago(-20 * HOUR - index)]
    await storeBlocks(
      on.clientId,
      Array.from({ length: 400 }, (_, index) => ({
        box,
        key: `${ago(-20 * HOUR - index)}#${index}`,
        columns: [
          ['time', row(index)],
          ['box', [box, box]],
          ['a_b_c', [index, index + 1_000]],
        ],
      })),
    )
    for (let run = 1; run <= 2; run += 1) {
      await reading('good', 5_000 + run)
      await on.later(2 * MINUTE)
      expect(arrivedOf('good')).toHaveLength(run)
    }
    // Blocks that do not fit wait until the blocks before them are sent completely.
    await runs(2, 21 * HOUR)
    const own = values().filter((value) => value < 5_000)
    expect(own.toSorted((a, b) => a - b)).toEqual(
      [...Array(400).keys(), ...Array(400).keys()].map((index, at) => (at < 400 ? index : index + 1_000)),
    )
  })
})

describe('a post whose response was lost', () => {
  it('is verified for a box with 900 sensors', async () => {
    await start({ OSEM_MAX_ATTEMPTS: '2' })
    const columns = Array.from({ length: 900 }, (_, index) => [`a_b_${'x'.repeat(110)}${index}`, [index]])
    await stranger({ time: [ago(0)], ...Object.fromEntries(columns) })
    await on.forward()
    expect(values()).toHaveLength(900)
    await on.upload({ time: [ago(0)], a_b_c: [1_007] })
    on.osem.plan = ({ path }) => (path.endsWith('/data') ? 'answer lost' : undefined)
    await on.later(MINUTE)
    heal()
    await on.upload({ time: [ago(0)], a_b_c: [1_008] })
    await runs(2)
    expect(values().slice(900)).toEqual([1_007, 1_008])
    expect(theBox()?.sensors).toHaveLength(901)
  })
})

describe('a rate limit below the demand', () => {
  it('still serves a known box each minute while new boxes arrive', async () => {
    await start()
    await reading('good', 0)
    await on.forward()
    for (let minute = 1; minute <= 3; minute += 1) {
      await reading('good', minute)
      const names = Array.from({ length: 20 }, (_, index) => `evil ${minute} ${index}`)
      await on.upload({ time: filled(20, ago(0)), box: names, a_b_c: filled(20, 1) })
      await on.later(MINUTE + 1_000)
      expect(arrivedOf('good')).toHaveLength(minute + 1)
    }
    // New boxes receive a share of the posts.
    expect(on.osem.boxes.size).toBeGreaterThan(4)
  })
})

describe('more work than time', () => {
  it('stops listing boxes in time, and serves each box eventually', async () => {
    await start()
    await reading('good', 0)
    await on.forward()
    await storeBlocks(
      on.clientId,
      Array.from({ length: 80 }, (_, index) => ({
        box: `evil ${index}`,
        key: `${ago(0)}#${index}`,
        columns: [
          ['time', [ago(0)]],
          ['box', [`evil ${index}`]],
          ['a_b_c', ['no number']],
        ],
      })),
    )
    await reading('good', 1)
    // Each query takes 1.5 s here: listing all boxes would take two minutes.
    on.latchkey.database.plan = (command) => {
      if (command === 'Query') vi.setSystemTime(Date.now() + 1_500)
      return undefined
    }
    let tried = 0
    for (; arrivedOf('good').length < 2 && tried < 40; tried += 1) {
      const begun = Date.now()
      await on.forward()
      expect(Date.now() - begun).toBeLessThan(MINUTE)
      vi.setSystemTime(begun + MINUTE)
    }
    expect(arrivedOf('good')).toHaveLength(2)
  })

  it('stops reading blocks before the function times out', async () => {
    await start()
    const time = ago(-20 * HOUR)
    await storeBlocks(
      on.clientId,
      Array.from({ length: 300 }, (_, index) => ({
        box: 'evil',
        key: `${time}#${index}`,
        columns: [
          ['time', [time]],
          ['a_b_c', [index]],
        ],
      })),
    )
    const begun = Date.now()
    let read = 0
    on.latchkey.database.plan = (command, body) => {
      if (command === 'GetItem' && body.includes('#evil')) {
        read += 1
        vi.setSystemTime(Date.now() + 500)
      }
      return undefined
    }
    await on.forward()
    expect(read).toBeGreaterThan(50)
    expect(Date.now() - begun).toBeLessThan(55_000)
  })
})
