// @module-tag local-only
// One test changes an item, and others change settings.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Forwarding, startForwarding } from '../../support/forwarding.ts'
import { shared, withToken } from '../../support/shares.ts'

let service: Forwarding
let clientId: string
let token: string
beforeAll(async () => {
  service = await startForwarding()
})
afterAll(() => service.stop())
beforeEach(async () => {
  clientId = (await service.latchkey.register({ scope: 'upload download' })).client_id
  token = await service.latchkey.token(clientId)
})
afterEach(() => {
  service.latchkey.database.plan = () => undefined
})

const DAY = 86_400
/** Blocks that start more than a day ahead are parked. Each test uses other boxes. */
const ahead = (days: number) => Math.floor(Date.now() / 1_000) + days * DAY
const iso = (seconds: number) => new Date(seconds * 1_000).toISOString()

/** Stores rows, one block for each list of times, and parks those in the future. */
async function parked(box: string | null, times: readonly number[][], as = token) {
  for (const time of times) {
    const columns = { time, scd30_co2_ppm: time.map(() => 600), ...(box !== null && { box: time.map(() => box) }) }
    expect((await service.latchkey.upload(as, JSON.stringify(columns))).status).toBe(200)
  }
  await service.forward()
}

const seriesList = z.object({ series: z.array(z.looseObject({ source: z.string(), parked: z.unknown().optional() })) })
const seriesOf = async (answer: Response) => {
  expect(answer.status).toBe(200)
  return seriesList.parse(await answer.json()).series
}
const listed = async (query: string, as = token) => seriesOf(await withToken(service.latchkey, as, `/series${query}`))
const parkedOf = async (query: string, as?: string) => (await listed(query, as)).map((series) => series.parked)

/** The queries on the index of blocks to forward. */
function watchIndex(): string[] {
  const bodies: string[] = []
  service.latchkey.database.plan = (_command, body) => {
    if (body.includes('"IndexName":"forward"')) bodies.push(body)
    return undefined
  }
  return bodies
}

describe('parked blocks in GET /series', () => {
  it('are ranges of times with a reason, for the client and for the admin', async () => {
    const [first, second] = [ahead(3), ahead(5)]
    await parked('roof', [[second, second + 60], [first], [ahead(0) - 60]])
    const ranges = [
      { first: iso(first), last: iso(first), reason: 'time_in_future' },
      { first: iso(second), last: iso(second + 60), reason: 'time_in_future' },
    ]
    const queries = watchIndex()
    expect(await parkedOf('?source=roof')).toEqual([ranges])
    expect(queries).toHaveLength(1)
    expect(await parkedOf(`?source=roof&client_id=${clientId}`, service.latchkey.adminToken)).toEqual([ranges])
    // A list of all series reads no index.
    expect(await parkedOf('')).toEqual([undefined])
    expect(queries).toHaveLength(2)
  })

  it('are missing without parked blocks', async () => {
    await parked('shed', [[ahead(0) - 60]])
    expect(await parkedOf('?source=shed')).toEqual([undefined])
  })

  it('are not shown by a share, which does not query the index', async () => {
    await parked('porch', [[ahead(3)]])
    const share = await shared(service.latchkey, token, { series: ['porch'] })
    const queries = watchIndex()
    const [series] = await listed('?source=porch', share.token)
    expect(series).toMatchObject({ source: 'porch', last: expect.any(String) })
    expect(series).not.toHaveProperty('parked')
    expect(queries).toEqual([])
  })

  it('are those of the series only, though clients share a box', async () => {
    await parked('attic', [[ahead(3)]])
    const other = (await service.latchkey.register({ scope: 'upload download' })).client_id
    const otherToken = await service.latchkey.token(other)
    await parked('attic', [[ahead(4)]], otherToken)
    expect(await parkedOf('?source=attic')).toEqual([[expect.objectContaining({ first: iso(ahead(3)) })]])
    expect(await parkedOf('?source=attic', otherToken)).toEqual([[expect.objectContaining({ first: iso(ahead(4)) })]])
  })

  it('are found for rows that name no box, of the client and of a participant', async () => {
    const participant = await service.latchkey.token(clientId, { participant_id: 'P 1' })
    await parked(null, [[ahead(3)]])
    await parked(null, [[ahead(4)]], participant)
    await parked('P 1', [[ahead(5)]], participant)
    expect(await parkedOf('?source=default')).toEqual([[expect.objectContaining({ first: iso(ahead(3)) })]])
    expect(await parkedOf('?source=P%201', participant)).toEqual([
      [expect.objectContaining({ first: iso(ahead(4)) }), expect.objectContaining({ first: iso(ahead(5)) })],
    ])
  })

  it('are the newest 100 at most', async () => {
    // Rows that are more than a week apart are in blocks of their own.
    const times = Array.from({ length: 103 }, (_, index) => ahead(10 + 8 * index))
    await parked('mast', [times])
    const [ranges] = z.array(z.array(z.object({ first: z.string() }))).parse(await parkedOf('?source=mast'))
    expect(ranges?.map(({ first }) => first)).toEqual(times.slice(3).map(iso))
  })

  it('are not those that have expired, which the index may still contain', async () => {
    await parked('barn', [[ahead(3)], [ahead(4)]])
    const keys: { block: { S: string } }[] = []
    service.latchkey.database.plan = (_command, body) => {
      if (body.includes('forward_reason')) keys.push(JSON.parse(body).Key)
      return undefined
    }
    const [one, other] = [ahead(3), ahead(4)].map((first) => expect.objectContaining({ first: iso(first) }))
    expect(await parkedOf('?source=barn')).toEqual([[one, other]])
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    await documents.send(
      new UpdateCommand({
        TableName: process.env['MEASUREMENTS_TABLE'],
        Key: { series: `${clientId}#barn`, block: keys.map(({ block }) => block.S).toSorted()[1] },
        UpdateExpression: 'SET expires_at = :now',
        ExpressionAttributeValues: { ':now': Math.floor(Date.now() / 1_000) },
      }),
    )
    expect(await parkedOf('?source=barn')).toEqual([[one]])
  })
})

describe('without forwarding', () => {
  it.each([
    ['OSEM_UPLOAD', 'false'],
    ['OSEM_CLIENTS', 'another'],
    ['OSEM_BOXES', 'indoor.*'],
  ])('GET /series does not query the index: %s=%s', async (name, value) => {
    await parked('cabin', [[ahead(3)]])
    const before = process.env[name]
    process.env[name] = value
    const other = await service.latchkey.anotherContainer()
    const queries = watchIndex()
    expect(await parkedOf('?source=cabin')).toEqual([undefined])
    expect(queries).toEqual([])
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
    await other.anotherContainer()
  })
})
