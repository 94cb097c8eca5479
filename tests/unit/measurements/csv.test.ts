import { describe, expect, it } from 'vitest'
import { InexactNumber } from '../../../lib/measurements/cells.ts'
import { parseCsv } from '../../../lib/measurements/csv.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'

const csv = (text: string) => parseCsv(Buffer.from(text))
const columns = [
  ['time_utc', [43, 23]],
  ['co2', [1223, 2351]],
]

describe('CSV', () => {
  it.each([
    ['LF', 'time_utc,co2\n43,1223\n23,2351\n'],
    ['CRLF', 'time_utc,co2\r\n43,1223\r\n23,2351\r\n'],
    ['CR', 'time_utc,co2\r43,1223\r23,2351\r'],
    ['CRLF, then LF', 'time_utc,co2\r\n43,1223\n23,2351\n'],
    ['LF, then CRLF, then CR', 'time_utc,co2\n43,1223\r\n23,2351\r'],
    ['no last line end', 'time_utc,co2\n43,1223\n23,2351'],
    ['empty lines', '\ntime_utc,co2\n\n43,1223\r\n\r\n23,2351\n\n\n'],
    ['a byte order mark', '\ufefftime_utc,co2\n43,1223\n23,2351\n'],
    ['quotes around everything', '"time_utc","co2"\n"43","1223"\n"23","2351"\n'],
    ['blanks around the numbers', 'time_utc,co2\n 43,1223 \n23, 2351\n'],
  ])('parses lines and cells: %s', (_, text) => {
    expect(csv(text)).toEqual(columns)
  })

  it('parses quoted commas, quotes and line ends', () => {
    expect(csv('a,b\r\n"x,y","say ""hi"""\r\n"1\n2\r\n3","\r"\r\n')).toEqual([
      ['a', ['x,y', '1\n2\r\n3']],
      ['b', ['say "hi"', '\r']],
    ])
  })

  it('parses quoted names', () => {
    expect(csv('"a,b","c""d"\n1,2\n')).toEqual([
      ['a,b', [1]],
      ['c"d', [2]],
    ])
  })

  it('pads a short line with null', () => {
    expect(csv('a,b,c\n1\n1,2\n1,2,3\n')).toEqual([
      ['a', [1, 1, 1]],
      ['b', [null, 2, 2]],
      ['c', [null, null, 3]],
    ])
  })

  it('parses an empty cell as null, quoted or not', () => {
    expect(csv('a,b\n,""\n')).toEqual([
      ['a', [null]],
      ['b', [null]],
    ])
  })

  it('retains a line of a single quoted empty cell', () => {
    expect(csv('a\n1\n""\n3\n')).toEqual([['a', [1, null, 3]]])
  })

  it('converts numeric cells to numbers and retains other cells', () => {
    expect(csv('a\n1.0\nabc\n-5e-1\n9007199254740993\nnan\ntrue\n')).toEqual([
      ['a', [1, 'abc', -0.5, new InexactNumber('9007199254740993'), Number.NaN, 'true']],
    ])
  })

  it('returns columns without rows for a header alone', () => {
    expect(csv('a,b\n')).toEqual([
      ['a', []],
      ['b', []],
    ])
  })

  it.each(['\n', '\r\n\r\n', '\ufeff'])('returns an empty table for %j', (text) => {
    expect(csv(text)).toEqual([])
  })

  it('passes two columns of the same name on to the table', () => {
    expect(csv('a,a\n1,2\n')).toEqual([
      ['a', [1]],
      ['a', [2]],
    ])
  })

  it('decodes a body in the charset of its Content-Type', () => {
    expect(parseCsv(Buffer.from('610ab0430a', 'hex'), 'latin1')).toEqual([['a', ['°C']]])
  })

  it('rejects bytes that are not UTF-8', () => {
    expect(thrownProblem(() => parseCsv(Buffer.from('610ab0430a', 'hex'))).code).toBe('body_invalid')
  })
})

describe('CSV without rows', () => {
  it.each([
    ['a,b', 1],
    ['a,b\n', 1],
    ['a,b1,2', 1],
    ['a,b\n1,2', 0],
  ])('of %j causes %i warnings', (text, count) => {
    const warnings = new Warnings()
    parseCsv(Buffer.from(text), undefined, warnings)
    expect(warnings.sentences()).toHaveLength(count)
  })
})

describe('invalid CSV', () => {
  it.each([
    ['LF', 'a,b\n1,2\n1,2,3\n', 3, 8],
    ['CRLF', 'a,b\r\n1,2\r\n1,2,3\r\n', 3, 10],
    ['CR', 'a,b\r1,2\r1,2,3\r', 3, 8],
    ['CR, then CRLF', 'a,b\r1,2\r\n1,2,3', 3, 9],
    ['in the first row', 'a\n1,2\n', 2, 2],
    ['after empty lines', 'a,b\n\n\n1,2,3\n', 4, 6],
    ['after a quoted LF', 'a,b\n"x\ny",2\n1,2,3\n', 4, 12],
    ['after a quoted CR', 'a,b\n"x\ry",2\n1,2,3\n', 4, 12],
    ['after a quoted CRLF', 'a,b\r\n"x\r\ny",2\r\n1,2,3\r\n', 4, 15],
    ['after characters of many bytes', 'é,€\n"😀",2\n1,2,3\n', 3, 16],
    ['after characters of many bytes and CRLF', 'é,€\r\n"😀\r\n",2\r\n1,2,3\r\n', 4, 20],
  ])('is rejected for a line with too many cells, with its number and byte: %s', (_, text, line, byte) => {
    const detail = expect.stringMatching(/^it has \d cells, but the CSV has \d columns? \(/)
    expect(codeAndIssues(() => csv(text))).toEqual({ code: 'body_invalid', issues: [{ line, byte, detail }] })
  })

  it.each([
    ['a quote inside a cell', 'a,b\n1,2\n1,x"y\n', 3, 8, 'an unquoted cell contains a quote'],
    ['a quote inside a name', 'a"b\n', 1, 0, 'an unquoted cell contains a quote'],
    ['a character after a quote', 'a,b\n1,"x"y\n', 2, 4, 'something follows a closing quote'],
    ['a character after a quote after CRLF', 'a,b\r\n1,"x"y\r\n', 2, 5, 'something follows a closing quote'],
    ['a blank after a quote', 'a,b\n1,"x" \n', 2, 4, 'something follows a closing quote'],
  ])('is rejected for %s', (_, text, line, byte, detail) => {
    expect(codeAndIssues(() => csv(text))).toEqual({ code: 'body_invalid', issues: [{ line, byte, detail }] })
  })

  it('is rejected for a quote that is never closed', () => {
    expect(thrownProblem(() => csv('a,b\n1,"2\n')).issues).toMatchObject([
      { detail: 'a quote that is opened here or before is never closed' },
    ])
  })

  it('is rejected with a message that does not include the body', () => {
    expect(thrownProblem(() => csv('a\nsecret,1\n')).message).toBe(
      'The CSV does not parse at line 2 (from byte 2 on): it has 2 cells, but the CSV has 1 column (does another line have the names? Send skip= with the number of lines before it).',
    )
  })
})

describe('CSV that exceeds limits', () => {
  it('is rejected for too many columns before they are created', () => {
    expect(thrownProblem(() => csv(`a${',a'.repeat(1_000)}\n1\n`))).toMatchObject({
      code: 'limit_exceeded',
      message: 'The upload has more than 1000 columns.',
    })
  })

  it('is rejected for too many rows', () => {
    expect(thrownProblem(() => csv(`a\n${'1\n'.repeat(100_001)}`)).code).toBe('limit_exceeded')
  })

  it('is rejected for too many cells, even if most lines are almost empty', () => {
    expect(thrownProblem(() => csv(`a${',a'.repeat(999)}\n${'1\n'.repeat(3_001)}`)).code).toBe('limit_exceeded')
  })
})
