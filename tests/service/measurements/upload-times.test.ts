// @module-tag local-only
// It tests how uploads are read, which does not depend on AWS.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, fieldsOf } from '../../support/responses.ts'

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download' })).client_id
  token = await latchkey.token(clientId)
})

const upload = (csv: string, parameters: Record<string, string> = {}) =>
  latchkey.call(`/upload?${new URLSearchParams(parameters)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    body: csv,
  })

const rows = (parameters: Record<string, string> = {}) => latchkey.rows(clientId, { cols: 'time,a', ...parameters })

describe('times of an upload', () => {
  it('are read back as the same moments without the parameters', async () => {
    const parameters = { time_format: '%d.%m.%Y %H:%M', tz: 'America/New_York' }
    expect(await fieldsOf(await upload('time,a\n01.02.2024 08:00,1\n01.07.2024 09:00,2\n', parameters))).toEqual({
      'saved-in-db': 2,
    })
    const [winter, summer] = [
      { time: '2024-02-01T13:00:00.000Z', a: 1 },
      { time: '2024-07-01T13:00:00.000Z', a: 2 },
    ]
    expect(await rows()).toEqual([winter, summer])
    expect(await rows({ to: '2024-02-01T13:00:00Z' })).toEqual([winter])
    expect(await rows({ from: '20240701130000' })).toEqual([summer])
    expect(await rows({ from: '2024/07/01 13:00:00 UTC', to: '1719838800000000000' })).toEqual([summer])
    expect(await rows({ min_time: '1719838800000000' })).toEqual([summer])
  })

  it('are stored once if the upload is repeated', async () => {
    const parameters = { tz: 'Europe/Berlin' }
    for (let repeat = 0; repeat < 2; repeat += 1) await upload('time,a\n2024-10-27 02:30,1\n', parameters)
    await upload('time,a\n2024/10/27 02:30:00,1\n', parameters)
    expect(await rows()).toEqual([{ time: '2024-10-27T00:30:00.000Z', a: 1 }])
  })

  it('span the range that the series has', async () => {
    await upload('created_at,a\n20240201,1\n20240203000000,2\n')
    const headers = { authorization: `Bearer ${token}` }
    const { series } = await fieldsOf(await latchkey.call('/series?source=default', { headers }))
    expect(series).toMatchObject([{ first: '2024-02-01T00:00:00.000Z', last: '2024-02-03T00:00:00.000Z' }])
  })
})

it('warns about an upload without a time column', async () => {
  expect(await fieldsOf(await upload('a,b\n1,2\n'))).toEqual({
    'saved-in-db': 1,
    warnings: [expect.stringContaining('no column is known to hold times ("a", "b")')],
  })
})

it.each([
  [{ time_column: 'when' }, 'time_column'],
  [{ time_format: '%Q' }, 'time_format'],
  [{ time_format: 'seconds' }, 'time_format'],
  [{ tz: 'Europe/Atlantis' }, 'tz'],
])('rejects an upload with %j', async (parameters, field) => {
  const answer = await upload('time,a\n1706792400,1\n', parameters)
  expect(answer.status).toBe(400)
  expect(await faultyFields(answer)).toEqual([field])
  expect(await rows()).toEqual([])
})
