// @module-tag local-only
// It tests how uploads are read, which does not depend on AWS.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf } from '../../support/responses.ts'

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register()).client_id
  token = await latchkey.token(clientId)
})

const upload = (body: unknown, headers: Record<string, string> = {}) =>
  latchkey.upload(token, JSON.stringify(body), 'application/json', headers)
const rows = (cols: string) => latchkey.rows(clientId, { cols })

const READINGS = { sensordatavalues: [{ value_type: 'SDS_P1', value: '3.20' }] }
const UPLINK = {
  end_device_ids: { device_id: 'dev1' },
  uplink_message: { decoded_payload: { temperature: 21.5 }, received_at: '2020-02-12T15:15:45.787Z' },
}
const METRIC = { name: 'cpu', fields: { idle: 97.5 }, tags: { host: 'pi' }, timestamp: 1458229140 }

describe('messages of devices and services', () => {
  it('of airRohr are stored in the box of the chip, or of X-Sensor', async () => {
    const answer = await upload(
      { esp8266id: '12', ...READINGS },
      { 'x-sensor': 'esp8266-12', 'x-mac-id': 'esp8266-3c61' },
    )
    // The firmware never sends times, so their absence needs no warning.
    expect(await fieldsOf(answer)).toEqual({ 'saved-in-db': 1 })
    await upload(READINGS, { 'x-sensor': 'raspi-7' })
    const stored = await rows('box,sds_p1')
    expect(stored).toHaveLength(2)
    expect(stored).toEqual(
      expect.arrayContaining([
        { box: '12', sds_p1: 3.2 },
        { box: 'raspi-7', sds_p1: 3.2 },
      ]),
    )
  })

  it('of The Things Network and Telegraf are stored once, however often they are sent', async () => {
    for (const body of [UPLINK, METRIC, UPLINK, { metrics: [METRIC] }]) {
      const answer = await upload(body)
      expect([answer.status, await fieldsOf(answer)]).toEqual([200, { 'saved-in-db': 1 }])
    }
    expect(await rows('box,temperature,idle')).toEqual([
      { box: 'dev1', temperature: 21.5, idle: null },
      { box: 'pi', temperature: null, idle: 97.5 },
    ])
  })

  it('without measurements are accepted with a warning', async () => {
    const { end_device_ids } = UPLINK
    const answer = await upload({ end_device_ids, join_accept: { session_key_id: 'x' } })
    expect([answer.status, await fieldsOf(answer)]).toEqual([
      200,
      { 'saved-in-db': 0, warnings: [expect.stringContaining('join_accept')] },
    ])
  })

  it('of two forms are rejected, and nothing is stored', async () => {
    expect((await upload([METRIC, UPLINK])).status).toBe(400)
    expect(await rows('box')).toEqual([])
  })
})
