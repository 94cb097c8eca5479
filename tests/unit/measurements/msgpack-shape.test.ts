import { describe, expect, it } from 'vitest'
import { measureMsgpack } from '../../../lib/measurements/msgpack-shape.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const repeated = (byte: string, times: number) => byte.repeat(times)

/** One value of every type, in hexadecimal. */
const VALUES: [name: string, hex: string][] = [
  ['positive fixint', '7f'],
  ['negative fixint', 'e0'],
  ['nil', 'c0'],
  ['false', 'c2'],
  ['true', 'c3'],
  ['float 32', 'ca 41b8cccd'],
  ['float 64', 'cb 4037199999999999'],
  ['uint 8', 'cc ff'],
  ['uint 16', 'cd 04c7'],
  ['uint 32', 'ce ffffffff'],
  ['uint 64', 'cf ffffffffffffffff'],
  ['int 8', 'd0 80'],
  ['int 16', 'd1 8000'],
  ['int 32', 'd2 80000000'],
  ['int 64', 'd3 8000000000000000'],
  ['fixext 1', 'd4 05 00'],
  ['fixext 2', 'd5 05 0000'],
  ['fixext 4', 'd6 05 00000000'],
  ['fixext 8', `d7 05 ${repeated('00', 8)}`],
  ['fixext 16', `d8 05 ${repeated('00', 16)}`],
  ['ext 8', 'c7 03 05 000000'],
  ['ext 16', 'c8 0003 05 000000'],
  ['ext 32', 'c9 00000003 05 000000'],
  ['empty ext 8', 'c7 00 05'],
  ['bin 8', 'c4 02 ffff'],
  ['bin 16', 'c5 0002 ffff'],
  ['bin 32', 'c6 00000002 ffff'],
  ['empty fixstr', 'a0'],
  ['fixstr', 'a3 636f32'],
  ['fixstr of 31 bytes', `bf ${repeated('61', 31)}`],
  ['str 8', 'd9 03 636f32'],
  ['str 16', 'da 0003 636f32'],
  ['str 32', 'db 00000003 636f32'],
  ['empty fixarray', '90'],
  ['fixarray', '92 01 02'],
  ['fixarray of 15', `9f ${repeated('01', 15)}`],
  ['array 16', 'dc 0002 01 02'],
  ['array 32', 'dd 00000002 01 02'],
  ['empty fixmap', '80'],
  ['fixmap', '81 a161 01'],
  ['map 16', 'de 0001 a161 01'],
  ['map 32', 'df 00000001 a161 01'],
  ['a map of arrays', '82 a161 92 01 02 a162 90'],
  ['an array of maps', '92 81 a161 01 80'],
  ['the vector of co2logserver', '82a874696d655f757463922b17a3636f3292cd04c7cd092f'],
]

describe('measuring a MessagePack value', () => {
  it.each(VALUES)('finds the end of %s', (_, hex) => {
    expect(measureMsgpack(bytes(hex))).toBe(bytes(hex).length)
  })

  it.each(VALUES)('stops at the end of %s, whatever follows', (_, hex) => {
    expect(measureMsgpack(bytes(`${hex} c1ff00`))).toBe(bytes(hex).length)
  })

  it.each(VALUES)('rejects %s truncated at any byte', (_, hex) => {
    const whole = bytes(hex)
    const details = Array.from(
      whole,
      (_byte, length) => thrownProblem(() => measureMsgpack(whole.subarray(0, length))).issues,
    )
    expect(new Set(details.flat().map(({ detail }) => detail))).toEqual(new Set(['the value ends too early']))
  })

  it('measures a view with an offset in its buffer', () => {
    expect(measureMsgpack(bytes('c1c1 93010203').subarray(2))).toBe(4)
  })

  it('reports the position of an error', () => {
    const problem = thrownProblem(() => measureMsgpack(bytes('82 a161 01 a162')))
    expect([problem.code, problem.message, problem.issues]).toEqual([
      'body_invalid',
      'The MessagePack body does not parse at byte 6: the value ends too early.',
      [{ byte: 6, detail: 'the value ends too early' }],
    ])
  })

  it('rejects a byte that does not start a value, with its position', () => {
    expect(codeAndIssues(() => measureMsgpack(bytes('92 01 c1')))).toEqual({
      code: 'body_invalid',
      issues: [{ byte: 2, detail: 'this byte does not start a value' }],
    })
  })

  it.each([
    ['fixstr', 'a1 ff', 0],
    ['str 8', 'd9 02 c328', 0],
    ['str 16', 'da 0001 80', 0],
    ['str 32', 'db 00000003 eda080', 0],
    ['a text inside', '81 a161 a1 ff', 3],
    ['a name', '81 a1 ff 01', 1],
  ])('rejects a text that is not UTF-8: %s', (_, hex, byte) => {
    expect(codeAndIssues(() => measureMsgpack(bytes(hex)))).toEqual({
      code: 'body_invalid',
      issues: [{ byte, detail: 'a text is not UTF-8' }],
    })
  })

  it.each([
    ['a list in a list in a list', '91 91 90', 2],
    ['a map in a map in a map', '81 a161 81 a162 80', 6],
    ['a list in a row', '91 81 a161 91 01', 4],
    ['100,000 lists', repeated('91', 100_000), 2],
    ['100,000 maps', repeated('81a161', 100_000), 6],
    ['a map as a name of a map', '81 81 81 01 01 01', 2],
  ])('rejects values nested too deeply: %s', (_, hex, byte) => {
    expect(codeAndIssues(() => measureMsgpack(bytes(hex)))).toEqual({
      code: 'body_invalid',
      issues: [{ byte, detail: 'values are nested too deeply' }],
    })
  })

  it.each([
    ['an array 32', 'dd ffffffff', 0],
    ['a map 32', 'df ffffffff', 0],
    ['an array 16', 'dc ffff 01', 0],
    ['a map 16', 'de ffff 01', 0],
    ['a fixarray', '9f 01', 0],
    ['a fixmap', '8f 01', 0],
    ['a str 32', 'db ffffffff', 0],
    ['a bin 32', 'c6 ffffffff', 0],
    ['an ext 32', 'c9 ffffffff 05', 0],
    ['an array 32 in an array 32', `dd 00000005 ${repeated('ddffffffff', 5)}`, 5],
    ['a text in a map', '82 a161 01 a1', 4],
  ])('rejects %s that announces more than there is', (_, hex, byte) => {
    expect(codeAndIssues(() => measureMsgpack(bytes(hex)))).toEqual({
      code: 'body_invalid',
      issues: [{ byte, detail: 'the value ends too early' }],
    })
  })

  it('rejects an empty body', () => {
    expect(thrownProblem(() => measureMsgpack(new Uint8Array(0))).issues).toEqual([
      { byte: 0, detail: 'the value ends too early' },
    ])
  })
})
