import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

describe('GET /status', () => {
  const status = async () => fieldsOf(await latchkey.asAdmin('/status'))

  it('returns the number of blocks that are due for openSenseMap', async () => {
    expect(await status()).toEqual({ events: { due: 0, parked: 0 }, blocks: { due: 0, parked: 0 } })
    process.env['OSEM_UPLOAD'] = 'true'
    const forwarding = await latchkey.anotherContainer()
    const { client_id } = await forwarding.register()
    const body = { time: [1_706_792_400, 1_706_792_460], box: ['roof', 'shed'], scd30_co2_ppm: [612, 618] }
    await forwarding.upload(await forwarding.token(client_id), JSON.stringify(body))
    expect(await status()).toEqual({ events: { due: 0, parked: 0 }, blocks: { due: 2, parked: 0 } })
  })
})
