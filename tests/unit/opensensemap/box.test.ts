import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { boxDigest, boxToForward, describeBox, sensorColumns } from '../../../lib/opensensemap/box.ts'

const filters = { OSEM_UPLOAD: true, OSEM_CLIENTS: undefined, OSEM_BOXES: /^(?:.*)$/u, OSEM_COLUMNS: /^(?:.*)$/u }
const sent = (columns: Record<string, Cell[]>, source = 'my box', timeColumn: string | null = 'time') => ({
  source,
  timeColumn,
  columns: new Map(Object.entries({ time: [1], a_b_c: [1], ...columns })),
})

describe('the digest of a box', () => {
  it('is SHA-256 in base64url', () => {
    expect(boxDigest('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
    expect(boxDigest('generic')).not.toBe(boxDigest('Generic'))
  })

  it('has 43 characters valid in any key, and differs between names', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
        expect(boxDigest(one)).toMatch(/^[\w-]{43}$/)
        expect(boxDigest(one) === boxDigest(other)).toBe(one === other)
      }),
      { examples: [['#', '##']] },
    )
  })
})

describe('the box of a block', () => {
  it.each<[string, Record<string, Cell[]>, string]>([
    ['the box that its rows name', { box: ['my box'] }, 'my box'],
    ['that box if only one row names it', { box: [null, '', 'my box'] }, 'my box'],
    ['that box if its name is the number 0', { box: [0] }, 'my box'],
    ['that box if its name is false', { box: [false] }, 'my box'],
    ['the generic box without a box column', {}, 'generic'],
    ['the generic box if the box column names no box', { box: [null, ''] }, 'generic'],
    ['the generic box if the box column is empty', { box: [] }, 'generic'],
  ])('is %s', (_which, columns, box) => {
    expect(boxToForward('client', sent(columns), filters)).toBe(box)
  })

  it.each([
    ['forwarding is off', { OSEM_UPLOAD: false }],
    ['its client is not selected', { OSEM_CLIENTS: ['client2', 'Client'] }],
    ['no client is selected', { OSEM_CLIENTS: [] }],
    ['its box is not selected', { OSEM_BOXES: /^(?:my)$/u }],
    ['only its source is selected', { OSEM_BOXES: /^(?:other)$/u }],
    ['no column of it is selected', { OSEM_COLUMNS: /^(?:time|box)$/u }],
  ])('is null if %s', (_when, more) => {
    expect(boxToForward('client', sent({ box: ['my box'] }), { ...filters, ...more })).toBeNull()
  })

  it('is that of a selected client and a selected name', () => {
    const some = { ...filters, OSEM_CLIENTS: ['other', 'client'], OSEM_BOXES: /^(?:generic)$/u }
    expect(boxToForward('client', sent({}), some)).toBe('generic')
    expect(boxToForward('client', sent({ box: ['my box'] }), some)).toBeNull()
  })

  it('is null for a block without readings', () => {
    expect(boxToForward('client', { ...sent({}), columns: new Map([['co2', [1]]]) }, filters)).toBeNull()
  })
})

describe('columns with readings', () => {
  const all = { a_time_utc: [1], scd30_co2_ppm: [1], co2: [1], box: ['x'], lat: [1], lon: [1], height: [1], x_y_z: [] }
  it.each([
    ['time', ['a_b_c', 'a_time_utc', 'scd30_co2_ppm']],
    ['a_time_utc', ['a_b_c', 'scd30_co2_ppm']],
    [null, ['a_b_c', 'a_time_utc', 'scd30_co2_ppm']],
  ])('have sensor names and cells, except for the time column %s', (timeColumn, names) => {
    expect(sensorColumns(sent(all, '', timeColumn), /^(?:.*)$/u)).toEqual(names)
  })

  it('match the selected names', () => {
    expect(sensorColumns(sent(all), /^(?:scd30_.*|co2)$/u)).toEqual(['scd30_co2_ppm'])
  })
})

describe('the description of a box', () => {
  const server = { OSEM_NAME: 'my server', OSEM_WEBLINK: undefined }

  it('names the server and the box', () => {
    expect(describeBox('Indoor 1', server)).toEqual({
      name: 'my server senseBox Indoor 1',
      exposure: 'indoor',
      grouptag: ['my server'],
      description: 'Measurements that "my server" receives from its box "Indoor 1" and forwards.',
    })
    const OSEM_WEBLINK = 'https://a.example/'
    expect(describeBox('x', { ...server, OSEM_WEBLINK })).toHaveProperty('weblink', OSEM_WEBLINK)
  })

  it.each([
    ['indoor', 'indoor'],
    ['my-indoor-box', 'indoor'],
    ['OUTDOOR', 'outdoor'],
    ['my mobile', 'mobile'],
    ['door', 'mobile'],
    ['out', 'mobile'],
    ['', 'mobile'],
    ['generic', 'mobile'],
    ['outdoor, not indoor', 'indoor'],
    ['mobile outdoor', 'outdoor'],
  ])('for %j has the exposure %s', (box, exposure) => {
    expect(describeBox(box, server).exposure).toBe(exposure)
  })

  const nameOf = (box: string) => describeBox(box, server).name
  const LEAD = 'my server senseBox '.length

  it('has a name of at most 100 characters, shortened only beyond that', () => {
    const longest = 'x'.repeat(100 - LEAD)
    expect(nameOf(longest)).toBe(`my server senseBox ${longest}`)
    const longer = nameOf(`${longest}y`)
    expect(longer).toBe(
      `my server senseBox ${'x'.repeat(88 - LEAD)} ${boxDigest(`my server senseBox ${longest}y`).slice(0, 10)}`,
    )
    expect(longer).toHaveLength(99)
  })

  it('has no blanks at its ends, because openSenseMap would remove them', () => {
    const named = (source: string) => boxToForward('client', { ...sent({ box: [source] }), source }, filters)
    expect([named(' x \t'), named('x'), named(' ')]).toEqual(['x', 'x', 'generic'])
    expect(describeBox('x', { ...server, OSEM_NAME: ' my ' }).name).toBe('my senseBox x')
  })

  it('has no double blank at the point of shortening', () => {
    expect(nameOf(`${'x'.repeat(86 - LEAD)}  ${'y'.repeat(50)}`)).toMatch(/x [\w-]{10}$/)
  })

  it('is unique for each box of any length, and stable', () => {
    const box = fc.tuple(fc.constantFrom('', 'x'.repeat(60), 'x'.repeat(90)), fc.string({ maxLength: 60 }))
    fc.assert(
      fc.property(box, box, ([a, b], [c, d]) => {
        const [one, other] = [nameOf(a + b), nameOf(c + d)]
        expect(one.length).toBeLessThanOrEqual(100)
        expect(one === other).toBe((a + b).trimEnd() === (c + d).trimEnd())
      }),
    )
  })
})

it('a shortened name contains no lone surrogate', () => {
  const box = `${'x'.repeat(87 - 'my server senseBox '.length)}👍${'y'.repeat(50)}`
  const { name } = describeBox(box, { OSEM_NAME: 'my server', OSEM_WEBLINK: undefined })
  expect(name.isWellFormed()).toBe(true)
})
