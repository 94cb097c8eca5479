import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRange } from '../../../lib/submissions/range.ts'

const MOST = 4_700_000

describe('a range of a file', () => {
  it.each([
    ['bytes=0-2', 10, { start: 0, size: 3, range: 'bytes 0-2/10' }],
    ['bytes=7-', 10, { start: 7, size: 3, range: 'bytes 7-9/10' }],
    ['bytes=7-99', 10, { start: 7, size: 3, range: 'bytes 7-9/10' }],
    ['bytes=-3', 10, { start: 7, size: 3, range: 'bytes 7-9/10' }],
    ['bytes=-99', 10, { start: 0, size: 10, range: 'bytes 0-9/10' }],
    ['bytes=9-9', 10, { start: 9, size: 1, range: 'bytes 9-9/10' }],
  ])('%s of %i bytes is the expected part', (header, total, wanted) => {
    expect(parseRange(header, total)).toEqual(wanted)
  })

  it.each([
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=-0',
    'bytes=10-',
    'bytes=5-4',
    'bytes=0-1,3-4',
    'rows=0-1',
    'bytes=a-b',
    'bytes=0x0-0x2',
  ])('that is %j is ignored', (header) => {
    expect(parseRange(header, 10)).toEqual({ start: 0, size: 10, range: null })
  })

  it('of an empty file is ignored', () => {
    for (const header of [undefined, 'bytes=0-', 'bytes=-5', 'bytes=-0'])
      expect(parseRange(header, 0)).toEqual({ start: 0, size: 0, range: null })
  })

  it('fits into a response, or is rejected with a range that would fit', () => {
    expect(parseRange(undefined, MOST)).toEqual({ start: 0, size: MOST, range: null })
    expect(parseRange(`bytes=1-${MOST}`, 10 * MOST).size).toBe(MOST)
    for (const header of [undefined, 'bytes=0-', `bytes=0-${MOST}`, 'bytes=0-1,5-6'])
      expect(() => parseRange(header, MOST + 1)).toThrow(
        'Range must request at most 4700000 of the 4700001 bytes at once, as in bytes=0-4699999.',
      )
  })

  it('is within the file, for any request', () => {
    const header = fc.oneof(
      fc.string().map((text) => `bytes=${text}`),
      fc.tuple(fc.nat(50), fc.nat(50)).map(([from, to]) => `bytes=${from}-${to}`),
    )
    fc.assert(
      fc.property(header, fc.nat(40), (asked, total) => {
        const { start, size } = parseRange(asked, total)
        expect(start >= 0 && size >= 0 && start + size <= total).toBe(true)
      }),
    )
  })
})
