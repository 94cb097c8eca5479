// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomUUID } from 'node:crypto'
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Block } from '../../../lib/measurements/blocks.ts'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { boxDigest } from '../../../lib/opensensemap/box.ts'
import { dueAttributes } from '../../../lib/opensensemap/due-index.ts'
import { SHARDS, shardOf } from '../../../lib/opensensemap/due-lists.ts'
import { clock } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let forwarding: typeof import('../../../lib/opensensemap/store-due-blocks.ts')
let measurements: typeof import('../../../lib/measurements/store/blocks.ts')
let database: typeof import('../../../lib/dynamodb/client.ts')
beforeAll(async () => {
  latchkey = await startLatchkey()
  vi.resetModules()
  forwarding = await import('../../../lib/opensensemap/store-due-blocks.ts')
  measurements = await import('../../../lib/measurements/store/blocks.ts')
  database = await import('../../../lib/dynamodb/client.ts')
})
afterAll(() => latchkey.stop())
let client: string
beforeEach(() => {
  client = randomUUID()
})
afterEach(() => {
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
})

/** The start of every key. */
const TIME = '2026-01-01T00:00:00.000Z#'

/** Stores a block that is due for the box `box`, by default named like its source; null is for none. */
async function stored(source: string, key: string, more: Record<string, Cell[]> = {}, box: string | null = source) {
  const columns = new Map(Object.entries({ time: [1, 2], a_b_c: [3, 4], ...more }))
  const block = { source, key: TIME + key, timeColumn: 'time', rows: 2, span: 1_000, columns }
  const receipt = { receivedAt: 5, matchedChecksums: ['x'], failedChecksums: [] }
  const how = {
    nameless: false,
    deadline: Date.now() + 90_000,
    attributesOf: (block: Block) => dueAttributes(box, block),
  }
  await measurements.storeBlocks({ clientId: client }, [block], receipt, how)
  return { series: `${client}#${source}`, block: block.key }
}
type Place = Awaited<ReturnType<typeof stored>>

const item = async (Key: Place) =>
  (await database.documents.send(new GetCommand({ TableName: process.env['MEASUREMENTS_TABLE'], Key }))).Item
const stateOf = async (place: Place) =>
  Object.fromEntries(Object.entries((await item(place)) ?? {}).filter(([name]) => name.startsWith('forward')))

const later = () => Date.now() + 90_000
const due = async () => (await forwarding.dueBoxes(later())).filter(({ first }) => first.series.startsWith(client))
async function gathered(places: AsyncIterable<Place>): Promise<string[]> {
  const found: string[] = []
  for await (const { series, block } of places) if (series.startsWith(client)) found.push(block.slice(TIME.length))
  return found
}
const blocksOf = (box: string) => gathered(forwarding.dueBlocks(boxDigest(box)))
const NAMES = ['', '#', '##', 'a#b', 'a', 'a#', 'x\u0000y', 'größe', '日本', '👩‍👧', '$', '!', '~', 'due#0', 'parked']
const PLACE = { lat: [48, 49], lon: [9, 9] }

describe('the index attributes of a due block', () => {
  it('contain the digest of the box, and sort blocks with a position first', () => {
    const digest = boxDigest('a#b')
    const common = { forward_list: { S: shardOf(digest) }, forward_box: { S: 'a#b' } }
    expect(
      dueAttributes('a#b', {
        key: '2026#x',
        columns: new Map([
          ['lat', [48]],
          ['lon', [9]],
        ]),
      }),
    ).toEqual({ ...common, forward_order: { S: `${digest}#0#2026#x` } })
    expect(dueAttributes('a#b', { key: '2026#x', columns: new Map() })).toEqual({
      ...common,
      forward_order: { S: `${digest}#1#2026#x` },
    })
    expect(dueAttributes(null, { key: '2026#x', columns: new Map() })).toEqual({})
  })

  it('use all four shards', () => {
    const used = NAMES.concat(Array.from({ length: 50 }, String)).map((name) => shardOf(boxDigest(name)))
    expect(new Set(used)).toEqual(new Set(SHARDS))
    expect(SHARDS).toEqual(['due#0', 'due#1', 'due#2', 'due#3'])
    expect(['A', 'B', 'C', 'D', 'Az', '-', '_', ''].map(shardOf)).toEqual(
      [1, 2, 3, 0, 1, 1, 3, 0].map((shard) => `due#${shard}`),
    )
  })

  it('are stored with the block if it has a box', async () => {
    const marked = await stored('s', '1', {}, 'b')
    expect(await stateOf(marked)).toEqual({
      forward_list: shardOf(boxDigest('b')),
      forward_order: `${boxDigest('b')}#1#${TIME}1`,
      forward_box: 'b',
    })
    expect(await stateOf(await stored('s', '2', PLACE, 'b'))).toHaveProperty(
      'forward_order',
      `${boxDigest('b')}#0#${TIME}2`,
    )
    expect(await stateOf(await stored('s', '3', {}, null))).toEqual({})
  })
})

describe('due boxes', () => {
  it('are found once each, with any name and number of due blocks', async () => {
    const boxes = NAMES.map((name) => `${client}${name}`)
    for (const [index, box] of boxes.entries()) {
      for (const key of ['2', '1', '3'].slice(0, 1 + (index % 3))) await stored(`s${index}`, key, {}, box)
    }
    await stored('none', '1', {}, null)
    const found = await due()
    expect(found.map(({ digest }) => digest).toSorted()).toEqual(boxes.map(boxDigest).toSorted())
    for (const { digest, hasPosition, first } of found) {
      const index = boxes.findIndex((box) => boxDigest(box) === digest)
      const block = index % 3 === 0 ? '2' : '1'
      expect({ hasPosition, first }).toEqual({
        hasPosition: false,
        first: { series: `${client}#s${index}`, block: TIME + block },
      })
    }
  })

  it('have a position if one of their blocks has one', async () => {
    const box = `${client} box`
    await stored('s', '1', {}, box)
    expect(await due()).toEqual([
      { digest: boxDigest(box), hasPosition: false, first: { series: `${client}#s`, block: `${TIME}1` } },
    ])
    await stored('t', '2', PLACE, box)
    expect(await due()).toEqual([
      { digest: boxDigest(box), hasPosition: true, first: { series: `${client}#t`, block: `${TIME}2` } },
    ])
  })

  it('require one query each, and two for each shard', async () => {
    latchkey.database.commands.length = 0
    const before = (await forwarding.dueBoxes(later())).length
    // Each shard is read in two ranges, because reading starts in the middle.
    expect(latchkey.database.commands).toEqual(Array(before + 8).fill('Query'))
  })

  it('are found once each from any starting point', async () => {
    for (let index = 0; index < 12; index += 1) await stored('s', String(index), {}, `${client} ${index}`)
    const digests = (await forwarding.dueBoxes(later())).map(({ digest }) => digest).toSorted()
    expect(new Set(digests).size).toBe(digests.length)
    const [one = ''] = await due().then((boxes) => boxes.map(({ digest }) => digest))
    for (const from of [
      '',
      ' ',
      '!',
      '-',
      'A',
      'Zz',
      '_',
      'z',
      '~',
      '~~',
      one,
      `${one}#`,
      `${one}$`,
      one.slice(0, 8),
    ]) {
      const found = (await forwarding.dueBoxes(later(), from)).map(({ digest }) => digest)
      expect(found.toSorted(), from).toEqual(digests)
    }
  })

  it('are returned from the starting point first, in each shard', async () => {
    const boxes = Array.from({ length: 12 }, (_, index) => boxDigest(`${client} ${index}`))
    for (const index of boxes.keys()) await stored('s', String(index), {}, `${client} ${index}`)
    const from = boxes.toSorted()[6] ?? ''
    const found = (await forwarding.dueBoxes(later(), from)).map(({ digest }) => digest)
    for (const shard of SHARDS) {
      const own = found.filter((digest) => shardOf(digest) === shard)
      const sorted = own.toSorted()
      expect(own).toEqual([...sorted.filter((each) => each >= from), ...sorted.filter((each) => each < from)])
    }
  })

  it('are read from random starting points, so that all are found eventually', async () => {
    const begins = new Set<string>()
    latchkey.database.plan = (_command, body) => {
      begins.add(JSON.parse(body).ExpressionAttributeValues[':start'].S)
      return undefined
    }
    const runs = 12
    for (let run = 0; run < runs; run += 1) await forwarding.dueBoxes(later())
    const anywhere = [...begins].filter((begin) => /^[\w-]{8}$/.test(begin))
    expect(anywhere).toHaveLength(runs)
    expect(new Set(anywhere.map(([first]) => first)).size).toBeGreaterThan(3)
  })
})

describe('the due blocks of a box', () => {
  it.each([
    ['with and without position', ['3', '1', '5'], ['4', '2', '6', '7']],
    ['with and without position, reversed', ['4', '2', '6', '7'], ['3', '1', '5']],
    ['without position', ['3', '1', '2'], []],
    ['with position', [], ['3', '1', '2']],
    ['none', [], []],
  ])(
    'are returned in the order of their keys across series, with and without positions: %s',
    async (_which, bare, placed) => {
      const box = `${client}#box`
      for (const key of bare) await stored('s', key, {}, box)
      for (const key of placed) await stored('t', key, PLACE, box)
      await stored('u', '0', {}, `${client}#other`)
      await stored('u', '00', PLACE, `${client}#other`)
      expect(await blocksOf(box)).toEqual([...bare, ...placed].toSorted())
    },
  )

  it('are both returned if their keys are equal', async () => {
    const box = `${client}#box`
    await stored('s', '1', {}, box)
    await stored('t', '1', PLACE, box)
    await stored('t', '2', PLACE, box)
    expect(await blocksOf(box)).toEqual(['1', '1', '2'])
  })

  it('are returned from all pages, one page at a time', async () => {
    const box = `${client}#box`
    const keys = Array.from({ length: 230 }, (_, index) => String(1_000 + index))
    for (const [index, key] of keys.entries()) await stored('s', key, index % 7 === 0 ? PLACE : {}, box)
    latchkey.database.commands.length = 0
    const places = forwarding.dueBlocks(boxDigest(box))
    await places.next()
    expect(latchkey.database.commands).toEqual(['Query', 'Query'])
    expect(await gathered(places)).toEqual(keys.slice(1))
    expect(latchkey.database.commands).toEqual(Array(3).fill('Query'))
  })

  it('have a series and a key', async () => {
    const place = await stored('s#t', '2026#x', {}, client)
    for await (const found of forwarding.dueBlocks(boxDigest(client))) expect(found).toEqual(place)
    expect(await blocksOf(client)).toEqual(['2026#x'])
  })
})

describe('the block with the position of a box', () => {
  it('is the oldest one with a position', async () => {
    expect(await forwarding.findPositionedBlock(boxDigest(client))).toBeNull()
    await stored('s', '1', {}, client)
    expect(await forwarding.findPositionedBlock(boxDigest(client))).toBeNull()
    await stored('t', '3', PLACE, client)
    const place = await stored('u', '2', PLACE, client)
    await stored('u', '0', PLACE, `${client}#other`)
    expect(await forwarding.findPositionedBlock(boxDigest(client))).toEqual(place)
    await forwarding.parkBlock(place, 0, 'why')
    expect(await forwarding.findPositionedBlock(boxDigest(client))).toMatchObject({ block: `${TIME}3` })
  })
})

describe('parked blocks', () => {
  it('are listed by box or for all boxes, and are not due', async () => {
    const [one, other] = [`${client}#one`, `${client}#other`]
    for (const key of ['2', '1', '3']) await forwarding.parkBlock(await stored('s', key, {}, one), 0, 'why')
    await forwarding.parkBlock(await stored('t', '4', PLACE, other), 0, 'why')
    await stored('u', '5', {}, other)
    expect(await gathered(forwarding.parkedBlocks(boxDigest(one), 2))).toEqual(['1', '2', '3'])
    expect(await gathered(forwarding.parkedBlocks(boxDigest(other)))).toEqual(['4'])
    for (const size of [2, undefined])
      expect((await gathered(forwarding.parkedBlocks(null, size))).toSorted()).toEqual(['1', '2', '3', '4'])
    const boxes = (await forwarding.parkedBoxes()).filter(({ first }) => first.series.startsWith(client))
    expect(boxes.map(({ digest, hasPosition }) => [digest, hasPosition])).toEqual(
      expect.arrayContaining([
        [boxDigest(one), false],
        [boxDigest(other), true],
      ]),
    )
    expect(boxes).toHaveLength(2)
    expect((await due()).map(({ digest }) => digest)).toEqual([boxDigest(other)])
  })
})

describe('a due block', () => {
  it('is returned with all its values', async () => {
    const block = await forwarding.findDueBlock(await stored('s#t', 'key', {}, 'a#b'))
    expect({ ...block, columns: new Map(block?.columns) }).toEqual({
      series: `${client}#s#t`,
      source: 's#t',
      box: 'a#b',
      key: `${TIME}key`,
      timeColumn: 'time',
      rows: 2,
      last: Date.parse(TIME.slice(0, 24)) + 1_000,
      sentRows: 0,
      receivedAt: 5,
      matchedChecksums: ['x'],
      failedChecksums: [],
      columns: new Map([
        ['time', [1, 2]],
        ['a_b_c', [3, 4]],
      ]),
    })
  })

  it('is null without a box or if it does not exist', async () => {
    expect(await forwarding.findDueBlock(await stored('s', 'key', {}, null))).toBeNull()
    expect(await forwarding.findDueBlock({ series: `${client}#s`, block: `${TIME}other` })).toBeNull()
  })

  it('is null after forwarding, which is recorded once', async () => {
    const at = clock()
    const place = await stored('s', 'key', {}, client)
    const whole = await item(place)
    const now = Date.now()
    expect(await forwarding.markForwarded(place)).toBe(true)
    at(1)
    expect(await forwarding.markForwarded(place)).toBe(false)
    expect(await stateOf(place)).toEqual({ forwarded_at: now })
    expect(await forwarding.findDueBlock(place)).toBeNull()
    expect(await due()).toEqual([])
    const { forward_list: _list, forward_order: _order, forward_box: _box, ...rest } = whole ?? {}
    expect(await item(place)).toEqual({ ...rest, forwarded_at: now })
  })

  it('is null after it has expired, and leaves the index', async () => {
    const place = await stored('s', 'key', {}, client)
    await database.documents.send(
      new UpdateCommand({
        TableName: process.env['MEASUREMENTS_TABLE'] ?? '',
        Key: place,
        UpdateExpression: 'SET expires_at = :now',
        ExpressionAttributeValues: { ':now': Math.floor(Date.now() / 1000) },
      }),
    )
    expect(await blocksOf(client)).toEqual(['key'])
    expect(await forwarding.findDueBlock(place)).toBeNull()
    expect([await due(), await blocksOf(client)]).toEqual([[], []])
    expect(await stateOf(place)).toEqual({})
  })

  it('is null while parked, and continues at its remaining rows after a redrive', async () => {
    const place = await stored('s', 'key', {}, client)
    const before = await stateOf(place)
    expect(await forwarding.parkBlock(place, 1, 'why')).toBe(true)
    expect(await stateOf(place)).toEqual({ ...before, forward_list: 'parked', forward_rows: 1, forward_reason: 'why' })
    expect(await forwarding.findDueBlock(place)).toBeNull()
    expect([await due(), await blocksOf(client)]).toEqual([[], []])
    expect(await forwarding.redriveBlock(place, client)).toBe(true)
    expect(await stateOf(place)).toEqual({ ...before, forward_rows: 1 })
    expect(await forwarding.findDueBlock(place)).toMatchObject({ sentRows: 1, rows: 2 })
    expect(await blocksOf(client)).toEqual(['key'])
  })

  it('stores the number of sent rows until it is forwarded', async () => {
    const place = await stored('s', 'key', {}, client)
    await forwarding.parkBlock(place, 0, 'why')
    expect(await forwarding.saveRowCount({ ...place, rows: 2 })).toBe(true)
    expect(await stateOf(place)).toMatchObject({ forward_list: 'parked', forward_rows: 2, forward_reason: 'why' })
    expect(await forwarding.markForwarded(place)).toBe(true)
    expect(Object.keys(await stateOf(place))).toEqual(['forwarded_at'])
  })
})

describe('a block that is not due', () => {
  it.each<[string, (place: Place) => Promise<boolean>]>([
    ['parked', (place) => forwarding.parkBlock(place, 1, 'why')],
    ['redriven', (place) => forwarding.redriveBlock(place, client)],
    ['marked as forwarded', (place) => forwarding.markForwarded(place)],
    ['partially forwarded', (place) => forwarding.saveRowCount({ ...place, rows: 1 })],
  ])('is not %s and does not change', async (_what, change) => {
    const forwarded = await stored('s', 'forwarded', {}, client)
    await forwarding.markForwarded(forwarded)
    const never = await stored('s', 'never', {}, null)
    const absent = { series: `${client}#s`, block: `${TIME}absent` }
    const before = [await item(forwarded), await item(never), undefined]
    for (const place of [forwarded, never, absent]) expect(await change(place)).toBe(false)
    expect([await item(forwarded), await item(never), await item(absent)]).toEqual(before)
  })

  it('cannot be redriven while it is due', async () => {
    const place = await stored('s', 'key', {}, client)
    const before = await item(place)
    expect(await forwarding.redriveBlock(place, 'other')).toBe(false)
    expect(await item(place)).toEqual(before)
  })

  it('reports a failure of the table', async () => {
    const place = await stored('s', 'key', {}, client)
    latchkey.database.plan = () => 'failing'
    await expect(forwarding.markForwarded(place)).rejects.toMatchObject({ code: 'storage_unavailable' })
  })
})
