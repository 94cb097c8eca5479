import { describe, expect, it } from 'vitest'
import { InexactNumber } from '../../../lib/measurements/cells.ts'
import { parseJson, parseNdjson } from '../../../lib/measurements/json.ts'
import type { RawColumns } from '../../../lib/measurements/raw-columns.ts'
import { toTable } from '../../../lib/measurements/table.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'

const json = (text: string): RawColumns => parseJson(Buffer.from(text))
const ndjson = (text: string): RawColumns => parseNdjson(Buffer.from(text))
/** The raw value that a JSON literal is parsed as. */
const valueRead = (literal: string): unknown => json(`{"a":[${literal}]}`)[0]?.[1][0]
const faultOf = (parse: (text: string) => RawColumns, text: string) => thrownProblem(() => parse(text)).issues[0]

describe('JSON', () => {
  it('parses an object of columns', () => {
    expect(json('{"time_utc":[43,23],"co2":[1223,2351]}')).toEqual([
      ['time_utc', [43, 23]],
      ['co2', [1223, 2351]],
    ])
  })

  it('parses an object of single values as one row', () => {
    expect(json('{"co2":612,"box":"a","ok":true,"note":null}')).toEqual([
      ['co2', [612]],
      ['box', ['a']],
      ['ok', [true]],
      ['note', [null]],
    ])
  })

  it('parses a list of rows', () => {
    expect(json('[{"co2":1,"box":"a"},{"co2":2}]')).toEqual([
      ['co2', [1, 2]],
      ['box', ['a', null]],
    ])
  })

  it('parses columns of different lengths', () => {
    expect(json('{"a":[1,2,3],"b":[],"c":[4]}')).toEqual([
      ['a', [1, 2, 3]],
      ['b', []],
      ['c', [4]],
    ])
  })

  it('accepts every kind of JSON white space', () => {
    expect(json(' \t\r\n{ "a" :\n[ 1 ,\t2 ]\r\n} ')).toEqual([['a', [1, 2]]])
  })

  it('parses a body that starts with a byte order mark', () => {
    expect(json('\ufeff{"a":[1]}')).toEqual([['a', [1]]])
  })

  it('parses escapes and characters of every plane', () => {
    expect(json('{"a":["\\u00e9\\n\\"\\\\","µ😀"]}')).toEqual([['a', ['é\n"\\', 'µ😀']]])
  })

  it('decodes a body in the charset of its Content-Type', () => {
    expect(parseJson(Buffer.from('7b2261223a5b22b0225d7d', 'hex'), 'iso-8859-1')).toEqual([['a', ['°']]])
  })

  it('rejects an unknown charset', () => {
    expect(thrownProblem(() => parseJson(Buffer.from('{}'), 'klingon')).code).toBe('content_type_unsupported')
  })

  it('rejects bytes that are not UTF-8', () => {
    expect(codeAndIssues(() => parseJson(Buffer.from('ff7b7d', 'hex')))).toEqual({
      code: 'body_invalid',
      issues: [{ byte: 0, detail: 'not UTF-8' }],
    })
  })

  it('treats "__proto__" as any other name', () => {
    expect(json('{"__proto__":[1e2],"constructor":[2]}')).toEqual([
      ['__proto__', [100]],
      ['constructor', [2]],
    ])
  })

  it.each(['5', '"a"', 'true', 'null', '9007199254740993', 'NaN'])('rejects %s as a whole body', (text) => {
    expect(thrownProblem(() => json(text)).message).toBe(
      'The body must be an object of columns or a list of row objects.',
    )
  })

  it('rejects a large number in the place of a row', () => {
    expect(codeAndIssues(() => json('[9007199254740993,{"a":1,"a":2}]'))).toEqual({
      code: 'body_invalid',
      issues: [{ row: 1, detail: 'a row must be an object of column names and values' }],
    })
  })
})

describe('numbers in JSON', () => {
  it.each([
    ['1588507200', 1588507200],
    ['-0', -0],
    ['1e3', 1000],
    ['1E-2', 0.01],
    ['9007199254740992', 9007199254740992],
    ['23.10000038146972656250', 23.100000381469727],
    ['0.1000000000000000055511151231257827', 0.1],
    ['5e-324', 5e-324],
    ['0e400', 0],
  ])('%s is a number', (literal, number) => {
    expect(valueRead(literal)).toEqual(number === 0 ? expect.closeTo(0) : number)
  })

  it.each(['9007199254740993', '-9007199254740993', '3.14159265358979323846', '1e400', '-1e400', '1e-400', '1E+400'])(
    '%s retains its digits as text',
    (literal) => {
      expect(valueRead(literal)).toEqual(new InexactNumber(literal))
    },
  )

  it('do not change digits inside a text', () => {
    expect(valueRead('"9007199254740993"')).toBe('9007199254740993')
  })

  it('retain their digits in columns, single rows and lists of rows', () => {
    const digits = new InexactNumber('9007199254740993')
    expect([json('{"a":9007199254740993}'), json('[{"a":1},{"a":9007199254740993}]')]).toEqual([
      [['a', [digits]]],
      [['a', [1, digits]]],
    ])
  })

  it.each([
    'NaN', // Python
    'Infinity',
    '-Infinity',
    'nan', // esphome/issues#1436, letscontrolit/ESPEasy#470, john30/ebusd#225
    'inf',
    '-inf',
    '-nan',
    'NAN',
    '-nan(ind)', // Demion/remotehwinfo#9
  ])('%s becomes null with a warning', (literal) => {
    const warnings = new Warnings()
    const table = toTable(json(`{"a":[1, ${literal} ]}`), /.*/, warnings)
    expect(table.columns).toEqual(new Map([['a', [1, null]]]))
    expect(warnings.sentences()).toEqual(['column "a", 1 value (row 2): NaN or infinite, stored as null'])
  })

  it('may be NaN in a single row and in a list of rows', () => {
    const cellsOf = (text: string) => toTable(json(text), /.*/, new Warnings()).columns
    expect([cellsOf('{"a":NaN}'), cellsOf('[{"a":1},{"a":-Infinity}]')]).toEqual([
      new Map([['a', [null]]]),
      new Map([['a', [1, null]]]),
    ])
  })

  it.each(['NaN', 'say NaN', 'Infinity', '-Infinity', '\\"NaN', 'NaN\\\\'])(
    'do not change words inside the text "%s" next to a real NaN',
    (text) => {
      const [, column] = json(`{"b":[NaN],"a":["${text}"]}`)
      expect(column).toEqual(['a', [JSON.parse(`"${text}"`)]])
    },
  )

  it('do not change words inside a name', () => {
    expect(json('{"NaN":[NaN,1]}')[0]?.[0]).toBe('NaN')
  })

  it('retain their digits next to NaN', () => {
    expect(json('{"a":[NaN],"b":[9007199254740993,0.5]}')[1]).toEqual([
      'b',
      [new InexactNumber('9007199254740993'), 0.5],
    ])
  })

  it.each(['+NaN', '1.NaN', '1-Infinity', '1NaN', 'NaN1', '--Infinity', 'NaN NaN', 'nano', 'info', 'nan(1'])(
    'reject %s, which is not a number',
    (literal) => {
      expect(thrownProblem(() => valueRead(literal)).code).toBe('body_invalid')
    },
  )
})

describe('duplicate names in JSON', () => {
  it.each([
    ['columns', '{"a":[1],"b":[2],"a":[3]}'],
    ['a single row', '{"a":1,"a":1}'],
    ['a row of a list', '[{"a":1},{"a":2,"b":3,"a":4}]'],
    ['names written differently', '{"a":[1],"\\u0061":[2]}'],
    ['next to NaN', '{"a":[NaN],"a":[1]}'],
    ['next to a number of many digits', '{"a":[9007199254740993],"a":[1]}'],
  ])('are rejected: %s', (_, text) => {
    expect(thrownProblem(() => json(text)).message).toBe(
      'A column name appears twice in one object, so one of its values would be lost.',
    )
  })

  it.each([
    ['texts with colons', '{"a":["b:","\\":",":"]}'],
    ['texts with escaped quotes before a colon', '{"a\\"":["\\\\"],"b":["\\": \\""]}'],
    ['a text and a name that are equal', '{"a":["a"],"b":["a"]}'],
  ])('are not found in %s', (_, text) => {
    expect(json(text)[0]?.[1].length).toBeGreaterThan(0)
  })
})

describe('invalid JSON', () => {
  it('is rejected in time for a million separators', () => {
    expect(thrownProblem(() => json(`a${','.repeat(1_000_000)}`)).code).toBe('body_invalid')
  })

  it.each(['time,a\n1,2\n', '"time";"a"\r\n1;2\r\n', '# x\ttime\n'])('is rejected with the type of CSV: %j', (text) => {
    expect(thrownProblem(() => json(text)).message).toContain('looks like CSV: send Content-Type: text/csv')
  })

  it.each(['a\n', 'a[1],\n', '"a":1,"b":2'])('is not CSV: %j', (text) => {
    expect(thrownProblem(() => json(text)).message).not.toContain('CSV')
  })

  it.each([
    ['a missing value', '{"a":}', { line: 1, column: 6, byte: 5 }],
    ['a missing value in line 3', '{\n"b":[1],\n"a":}', { line: 3, column: 5, byte: 15 }],
    ['a missing value after CRLF', '{\r\n"a":}', { line: 2, column: 5, byte: 7 }],
    ['a position after characters of many bytes', '{"é€":}', { line: 1, column: 7, byte: 9 }],
    ['a comma too many in a list', '{"a":[1,]}', { line: 1, column: 9, byte: 8 }],
    ['a comma too many in an object', '{"a":[1],}', { line: 1, column: 10, byte: 9 }],
    ['an unknown word', '{"a":[non]}', { line: 1, column: 7, byte: 6 }],
    ['an unknown word after NaN', '{"a":[NaN,-Infinity,no]}', { line: 1, column: 21, byte: 20 }],
    ['single quotes', "{'a':[1]}", { line: 1, column: 2, byte: 1 }],
    ['a list that does not end', '{"a":[1,2', { line: 1, column: 10, byte: 9 }],
    ['an object that does not end', '{"a":[1]', { line: 1, column: 9, byte: 8 }],
    ['a text that does not end', '{"a":["x', { line: 1, column: 7, byte: 6 }],
    ['a tab inside a text', '{"a":["\t"]}', { line: 1, column: 7, byte: 6 }],
    ['a leading zero', '{"a":[01]}', { line: 1, column: 8, byte: 7 }],
    ['a plus sign', '{"a":[+1]}', { line: 1, column: 7, byte: 6 }],
    ['a comment', '{"a":[1]}//', { line: 1, column: 10, byte: 9 }],
    ['a character after the end', '{"a":[1]} x', { line: 1, column: 11, byte: 10 }],
    ['a second value', '{"a":[1]}{"a":[2]}', { line: 1, column: 10, byte: 9 }],
    ['only blanks', '   ', { line: 1, column: 4, byte: 3 }],
  ])('is rejected at the position of its error: %s', (_, text, place) => {
    expect(faultOf(json, text)).toMatchObject(place)
  })

  it('is rejected with a message that has the position, but not the body', () => {
    const problem = thrownProblem(() => json('{"a":["secret",]}'))
    expect([problem.code, problem.message]).toEqual([
      'body_invalid',
      'The body does not parse at line 1, column 16 (byte 15): not JSON (value expected).',
    ])
  })
})

describe('JSON that exceeds limits', () => {
  const nested = (open: string, inner: string, close: string) => open.repeat(100_000) + inner + close.repeat(100_000)
  it.each([
    ['lists', nested('[', '', ']')],
    ['lists around a number with an exponent', nested('[', '1e5', ']')],
    ['lists around NaN', nested('[', 'NaN', ']')],
    ['lists that do not end', nested('[', '', '')],
    ['objects', nested('{"a":', '1', '}')],
    ['objects around a number with an exponent', nested('{"a":', '1e5', '}')],
    ['objects that do not end', nested('{"a":', '', '')],
    ['lists inside a column', `{"a":${nested('[', '1e5', ']')}}`],
  ])('with 100,000 levels of %s is rejected', (_, text) => {
    expect(thrownProblem(() => json(text)).code).toBe('body_invalid')
  })

  const tooDeep = { detail: 'values are nested too deeply' }
  it.each([
    ['lists around NaN', nested('[', 'NaN', ']'), { line: 1, column: 3, byte: 2 }],
    ['lists around digits', nested('[', '9007199254740993', ']'), { line: 1, column: 3, byte: 2 }],
    ['lists that do not end', nested('[', '', ''), { line: 1, column: 3, byte: 2 }],
    ['objects around digits', nested('{"a":', '1e400', '}'), { line: 1, column: 11, byte: 10 }],
    ['objects that do not end', nested('{"a":', '', ''), { line: 1, column: 11, byte: 10 }],
    [
      'lists in a column, after brackets in a text and two levels that end',
      `{"é":["[[{",\n1],"b":[${nested('[', 'NaN', ']')}]}`,
      { line: 2, column: 9, byte: 22 },
    ],
    ['lists in a row', `[{"a":1},\r\n{"a":${nested('[', 'NaN', ']')}}]`, { line: 2, column: 6, byte: 16 }],
  ])('on the stack is rejected at its third level: %s', (_, text, place) => {
    expect(codeAndIssues(() => json(text))).toEqual({ code: 'body_invalid', issues: [{ ...place, ...tooDeep }] })
  })

  it('on the stack is rejected with a message that has the position', () => {
    expect(thrownProblem(() => json(nested('[', 'NaN', ']'))).message).toBe(
      'The body does not parse at line 1, column 3 (byte 2): values are nested too deeply.',
    )
  })

  it('with a text of 5 MB is parsed, and is rejected for its length', () => {
    const columns = json(`{"a":["${'x'.repeat(5_000_000)}"]}`)
    expect(thrownProblem(() => toTable(columns, /.*/, new Warnings())).code).toBe('limit_exceeded')
  })

  it('with 2 million escapes next to NaN is parsed, and is rejected for its length', () => {
    const columns = json(`{"b":[NaN],"a":["${'\\"'.repeat(2_000_000)}"]}`)
    expect(thrownProblem(() => toTable(columns, /.*/, new Warnings())).code).toBe('limit_exceeded')
  })

  it('with hundreds of thousands of escapes in an unterminated text is rejected', () => {
    expect(faultOf(json, `{"a":["${'\\"'.repeat(150_000)}`)).toMatchObject({ line: 1 })
  })

  it('with too many rows is rejected', () => {
    expect(thrownProblem(() => json(`[${'{},'.repeat(100_000)}{}]`)).code).toBe('limit_exceeded')
  })
})

describe('NDJSON', () => {
  const rows = [
    ['a', [1, 2]],
    ['b', [null, 'x']],
  ]

  it.each([
    ['LF', '{"a":1}\n{"a":2,"b":"x"}\n'],
    ['CRLF', '{"a":1}\r\n{"a":2,"b":"x"}\r\n'],
    ['no last line end', '{"a":1}\n{"a":2,"b":"x"}'],
    ['blank lines', '\n{"a":1}\n\n  \r\n\t\n{"a":2,"b":"x"}\n\n'],
    ['a byte order mark', '\ufeff{"a":1}\n{"a":2,"b":"x"}\n'],
  ])('parses each line as a row: %s', (_, text) => {
    expect(ndjson(text)).toEqual(rows)
  })

  it('parses NaN and numbers of many digits in each line separately', () => {
    const cells = toTable(ndjson('{"a":NaN}\n{"a":1e400}\n{"a":0.5}\n'), /.*/, new Warnings()).columns
    expect(cells).toEqual(new Map([['a', [null, '1e400', 0.5]]]))
  })

  it.each(['', '\n', ' \r\n \n'])('returns an empty table for %j', (text) => {
    expect(ndjson(text)).toEqual([])
  })

  it.each([
    ['in the first line', '{"a":}\n{"a":1}\n', { line: 1, column: 6, byte: 5 }],
    ['in a later line', '{"a":1}\n{"a":}\n', { line: 2, column: 6, byte: 13 }],
    ['after blank lines', '\n\n{"a":}', { line: 3, column: 6, byte: 7 }],
    ['after characters of many bytes', '{"a":"é"}\n{"a":}', { line: 2, column: 6, byte: 16 }],
    ['at the end of a line', '{"a":1}\n{"a":1\n{"a":2}\n', { line: 2, column: 7, byte: 14 }],
    ['at the end of a line that ends in CRLF', '{"a":1}\r\n{"a":1\r\n{"a":2}\r\n', { line: 2, column: 7, byte: 15 }],
    ['a row over two lines', '{"a":1,\n"b":2}\n', { line: 1, column: 8, byte: 7 }],
    ['two rows in a line', '{"a":1} {"a":2}\n', { line: 1, column: 9, byte: 8 }],
  ])('is rejected at the position of its error: %s', (_, text, place) => {
    expect(faultOf(ndjson, text)).toMatchObject(place)
  })

  it('rejects a line that is not an object, with its row', () => {
    expect(codeAndIssues(() => ndjson('{"a":1}\n[1]\n'))).toEqual({
      code: 'body_invalid',
      issues: [{ row: 2, detail: 'a row must be an object of column names and values' }],
    })
  })

  it('rejects a duplicate name in a line', () => {
    expect(thrownProblem(() => ndjson('{"a":1}\n{"b":1,"b":2}\n')).message).toBe(
      'A column name appears twice in one object, so one of its values would be lost.',
    )
  })

  it('rejects a line of 100,000 levels', () => {
    expect(thrownProblem(() => ndjson(`{"a":1}\n${'['.repeat(100_000)}\n`)).code).toBe('body_invalid')
  })

  it('rejects a line that exhausts the stack at its third level', () => {
    expect(codeAndIssues(() => ndjson(`{"é":1}\r\n${'['.repeat(100_000)}\n`))).toEqual({
      code: 'body_invalid',
      issues: [{ line: 2, column: 3, byte: 12, detail: 'values are nested too deeply' }],
    })
  })

  it('rejects too many lines', () => {
    expect(thrownProblem(() => ndjson('{}\n'.repeat(100_001))).code).toBe('limit_exceeded')
  })
})
