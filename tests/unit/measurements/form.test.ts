import { describe, expect, it } from 'vitest'
import { ChangedValue, InexactNumber } from '../../../lib/measurements/cells.ts'
import { parseForm } from '../../../lib/measurements/form.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'

const form = (text: string) => parseForm(Buffer.from(text))

describe('a form', () => {
  it('creates a column for every repeated key', () => {
    expect(form('time_utc=43&time_utc=23&co2=1223&co2=2351')).toEqual([
      ['time_utc', [43, 23]],
      ['co2', [1223, 2351]],
    ])
  })

  it('retains the order of the values of a key, also if they are interleaved', () => {
    expect(form('a=1&b=x&a=2&b=y&a=3')).toEqual([
      ['a', [1, 2, 3]],
      ['b', ['x', 'y']],
    ])
  })

  it.each([
    ['a plus as a blank', 'a=x+y', 'x y'],
    ['an escaped plus', 'a=x%2By', 'x+y'],
    ['escapes of several bytes', 'a=%C2%B5g%2Fm%C2%B3', 'µg/m³'],
    ['escapes in small letters', 'a=%c3%a9', 'é'],
    ['an equals sign in the value', 'a=b=c', 'b=c'],
    ['an escaped ampersand', 'a=b%26c', 'b&c'],
    ['characters that were not escaped', 'a=é😀', 'é😀'],
    ['a number', 'a=+1.50', 1.5],
    ['an escaped minus', 'a=%2D5', -5],
    ['an empty value', 'a=', null],
    ['no equals sign', 'a', null],
  ])('parses %s', (_, text, value) => {
    expect(form(text)).toEqual([['a', [value]]])
  })

  it('decodes names in the same way as values', () => {
    expect(form('scd30+co2=1&scd30%20co2=2')).toEqual([['scd30 co2', [1, 2]]])
  })

  it('retains numbers that a double does not represent, and texts', () => {
    expect(form('a=9007199254740993&a=nan')).toEqual([['a', [new InexactNumber('9007199254740993'), Number.NaN]]])
  })

  it('retains the texts of text columns', () => {
    const columns = parseForm(Buffer.from('box=007&id=1E5&id=&a=007'), undefined, { textColumns: ['id'] })
    expect(columns).toEqual([
      ['box', ['007']],
      ['id', ['1E5', null]],
      ['a', [new ChangedValue('007', 7, 'spelling')]],
    ])
  })

  it.each([
    'time,temp1706792400,21', // curl -d @my.csv, which removes the line ending: curl/curl#3085, curl/curl#3859
    'time,temp\n1706792400,21\n', // curl --data-binary @my.csv
    'time;note\r\n1;a=b&c\r\n',
    'temp\n21\n',
    'a\tb',
  ])('rejects CSV with the Content-Type to send: %j', (text) => {
    expect(thrownProblem(() => form(text))).toMatchObject({
      code: 'body_invalid',
      message:
        'The body looks like CSV, but its Content-Type is a form. Send Content-Type: text/csv with --data-binary.',
    })
  })

  it.each(['a=1,2', 'a=1\n', 'a=x;y&b=2', 'a\n'])('accepts %j', (text) => {
    expect(form(text).length).toBeGreaterThan(0)
  })

  it('skips empty pairs', () => {
    expect(form('&a=1&&a=2&')).toEqual([['a', [1, 2]]])
  })

  it('passes an empty name on to the table', () => {
    expect(form('=5')).toEqual([['', [5]]])
  })

  it('accepts names of object properties as columns', () => {
    expect(form('__proto__=1&constructor=2')).toEqual([
      ['__proto__', [1]],
      ['constructor', [2]],
    ])
  })

  it('decodes a body in the charset of its Content-Type', () => {
    expect(parseForm(Buffer.from('613db0', 'hex'), 'latin1')).toEqual([['a', ['°']]])
  })
})

describe('an invalid form', () => {
  it.each(['{"time":[1]}', '[{"a":1}]', ' \n{"a":1}'])('differs from JSON without a content type: %s', (text) => {
    expect(thrownProblem(() => form(text)).message).toContain('Send Content-Type: application/json')
  })

  it.each([
    ['a percent sign at the end', 'a=1&b=5%', 7],
    ['a percent sign before other characters', 'a=%zz', 2],
    ['half an escape', 'a=x%2', 3],
    ['escapes that are not UTF-8', 'a=%ff', 2],
    ['a truncated character', 'a=%C3', 2],
    ['in a name', 'a=1&%zz=1', 4],
    ['after a valid escape', 'co2=1%202%zz', 9],
    ['after a valid escape of several bytes', 'a=%C3%A9%zz', 8],
  ])('is rejected with the position of the invalid escape: %s', (_, text, byte) => {
    const detail = 'a % is not followed by two hexadecimal digits of UTF-8 text'
    expect(codeAndIssues(() => form(text))).toEqual({
      code: 'body_invalid',
      issues: [{ line: 1, column: byte + 1, byte, detail }],
    })
  })

  it('is rejected for bytes that are not UTF-8', () => {
    expect(codeAndIssues(() => parseForm(Buffer.from('613dff', 'hex')))).toEqual({
      code: 'body_invalid',
      issues: [{ byte: 2, detail: 'not UTF-8' }],
    })
  })

  it('is rejected for too many columns', () => {
    const pairs = Array.from({ length: 1_001 }, (_, index) => `c${index}=1`)
    expect(thrownProblem(() => form(pairs.join('&'))).code).toBe('limit_exceeded')
  })

  it('is rejected for too many rows', () => {
    expect(thrownProblem(() => form('a=1&'.repeat(100_001))).code).toBe('limit_exceeded')
  })
})
