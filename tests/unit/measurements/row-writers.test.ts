import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { csvFormat, csvIssue, jsonFormat, ndjsonFormat } from '../../../lib/measurements/row-writers.ts'

const defused = (cells: Cell[]) => csvFormat([], { formulas: 'defuse' }).row(cells)
const kept = (cells: Cell[]) => csvFormat([], { formulas: 'keep' }).row(cells)
const read = (csv: string): unknown => parse(csv, { record_delimiter: '\r\n' })

describe('CSV for download', () => {
  it('is an attachment with a header row and CRLF', () => {
    const format = csvFormat(['time', 'co2'], { formulas: 'defuse' })
    expect([format.contentType, format.headers, format.head, format.between, format.tail('/next')]).toEqual([
      'text/csv; charset=utf-8; header=present',
      { 'content-disposition': 'attachment; filename="latchkey-data.csv"' },
      'time,co2\r\n',
      '',
      '',
    ])
  })

  it.each([
    ['numbers as JavaScript writes them', [1, -2.5, 1e21, 5e-324, 0], '1,-2.5,1e+21,5e-324,0\r\n'],
    ['booleans as words', [true, false], 'true,false\r\n'],
    ['null as an empty cell', [null, 1, null], ',1,\r\n'],
    ['an empty text in quotes', ['', null], '"",\r\n'],
    ['plain texts unchanged', ['a b', "it's", 'µ😀'], "a b,it's,µ😀\r\n"],
    ['commas in quotes', ['a,b'], '"a,b"\r\n'],
    ['quotes doubled, in quotes', ['say "hi"', '"'], '"say ""hi""",""""\r\n'],
    ['line ends in quotes', ['a\nb', 'a\rb', 'a\r\nb'], '"a\nb","a\rb","a\r\nb"\r\n'],
    ['semicolons in quotes', ['a;b', ';'], '"a;b",";"\r\n'],
    ['blanks at the ends in quotes', [' a', 'a ', '\ta'], '" a","a ","\ta"\r\n'],
  ])('encodes %s', (_, cells, line) => {
    expect(kept(cells)).toBe(line)
  })

  it('is read back as the texts that were written', () => {
    // Biased towards special characters of CSV.
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', ' ', '\t', "'", '=', 'a', '\ufeff') }),
    )
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (texts) => {
        expect(read(kept(texts))).toEqual([texts])
      }),
    )
  })

  it('is read back as the names that were written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (names) => {
        expect(read(csvFormat(names, { formulas: 'keep' }).head)).toEqual([names])
      }),
    )
  })
})

describe('formulas in CSV', () => {
  it.each([
    ['=1+1', "'=1+1\r\n"],
    ['+SUM(A1)', "'+SUM(A1)\r\n"],
    ['-1+1', "'-1+1\r\n"],
    ['@SUM(A1)', "'@SUM(A1)\r\n"],
    ['\t=1', "'\t=1\r\n"],
    ['\r=1', '"\'\r=1"\r\n'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"\r\n'],
    ['=', "'=\r\n"],
    ['-', "'-\r\n"],
    [' =1', "' =1\r\n"],
    ['\u00a0=1', "'\u00a0=1\r\n"],
    ['\u3000@a', "'\u3000@a\r\n"],
    ['\n=1', '"\'\n=1"\r\n'],
    ['\v-a', "'\v-a\r\n"],
    ['\u0000=1', "'\u0000=1\r\n"],
    ['\ufeff=1', "'\ufeff=1\r\n"],
    [' \u0000\ufeff +a', "' \u0000\ufeff +a\r\n"],
    ['＝1', "'＝1\r\n"],
    ['＋1', "'＋1\r\n"],
    ['－1', "'－1\r\n"],
    ['＠a', "'＠a\r\n"],
    [' ＝1', "' ＝1\r\n"],
    ['=1;2', '"\'=1;2"\r\n'],
  ])('are escaped: %j', (text, line) => {
    expect(defused([text])).toBe(line)
  })

  it('are retained on request', () => {
    expect(kept(['=1+1', '@a'])).toBe('=1+1,@a\r\n')
  })

  it('are escaped in names, too', () => {
    expect(csvFormat(['-co2+1', 'a'], { formulas: 'defuse' }).head).toBe("'-co2+1,a\r\n")
  })

  it.each([
    ['negative numbers', [-5, -1e-7], '-5,-1e-7\r\n'],
    ['numbers stored as text', ['-9007199254740993', '+1e400'], '-9007199254740993,+1e400\r\n'],
    ['numbers with blanks before them', [' -5', '\ufeff+5'], '" -5","\ufeff+5"\r\n'],
    ['texts that only start with a blank or NUL', [' a', '\u0000a'], '" a",\u0000a\r\n'],
    ['texts that have the character elsewhere', ['a=1', 'a-b', "'=1"], "a=1,a-b,'=1\r\n"],
    ['booleans and null', [true, null], 'true,\r\n'],
  ])('are not found in %s', (_, cells, line) => {
    expect(defused(cells)).toBe(line)
  })

  it('never start a cell that is not a number', () => {
    const sign = fc.constantFrom('=', '+', '-', '@', '＝', '＋', '－', '＠')
    const blanks = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', '\n', '\0', '\ufeff', '\u00a0'), maxLength: 3 })
    const start = fc.oneof(
      fc.constantFrom('\t', '\r'),
      fc.tuple(blanks, sign).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(start, fc.stringMatching(/^[a-z"',;\n]+$/), (first, rest) => {
        expect(read(defused([first + rest]))).toEqual([[`'${first}${rest}`]])
      }),
    )
  })
})

// Garbled umlauts without a byte order mark: mtotschnig/MyExpenses#1432; commas and points in German: microrealestate/microrealestate#64.
describe('CSV for Excel', () => {
  it('starts with a byte order mark in UTF-8', () => {
    expect(csvFormat(['größe'], { formulas: 'defuse', excel: true }).head).toBe('\ufeffgröße\r\n')
    expect(csvFormat(['größe'], { formulas: 'defuse', excel: false }).head).toBe('größe\r\n')
  })

  it('has semicolons and decimal commas on request', () => {
    const { head, row } = csvFormat(['a', 'b'], { formulas: 'defuse', delimiter: 'semicolon', decimal: 'comma' })
    expect(head + row([21.5, -1.25e-7]) + row(['a;b', 'a,b']) + row([null, true])).toBe(
      'a;b\r\n21,5;-1,25e-7\r\n"a;b";"a,b"\r\n;true\r\n',
    )
    expect(csvFormat([], { formulas: 'keep', delimiter: 'semicolon' }).row([21.5, '=1'])).toBe('21.5;=1\r\n')
  })

  it.each([
    ['json', { excel: true }, ['excel', 'needs format=csv']],
    ['html', { delimiter: 'comma' }, ['delimiter', 'needs format=csv']],
    ['csv', { decimal: 'comma' }, ['decimal', 'needs delimiter=semicolon']],
    ['csv', { decimal: 'comma', delimiter: 'comma' }, ['decimal', 'needs delimiter=semicolon']],
    ['csv', { decimal: 'point', excel: true }, null],
    ['json', {}, null],
  ] as const)('is checked as %s with %j', (format, options, issue) => {
    expect(csvIssue(format, options)).toEqual(issue)
  })
})

describe('JSON for download', () => {
  it('is a list of objects, with a row on each line', () => {
    const format = jsonFormat(['time', 'co2'])
    const rows: Cell[][] = [
      [1, 'a"b'],
      [null, true],
    ]
    const body = format.head + rows.map(format.row).join(format.between) + format.tail('/next')
    expect(body).toBe('[{"time":1,"co2":"a\\"b"},\n{"time":null,"co2":true}]\n')
  })

  it('is an empty list without rows', () => {
    const format = jsonFormat(['a'])
    expect([format.contentType, format.headers, format.head + format.tail(null)]).toEqual([
      'application/json',
      {},
      '[]\n',
    ])
  })

  it('contains null if a row is too short', () => {
    expect(jsonFormat(['a', 'b']).row([1])).toBe('{"a":1,"b":null}')
  })

  it('contains the names of object properties', () => {
    expect(jsonFormat(['__proto__', 'constructor']).row([1, 2])).toBe('{"__proto__":1,"constructor":2}')
  })

  it('is read back as it was written', () => {
    const cell = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.constant(null),
    )
    fc.assert(
      fc.property(fc.dictionary(fc.string(), cell), (row) => {
        const written = jsonFormat(Object.keys(row)).row(Object.values(row))
        expect(Object.entries(JSON.parse(written)).sort()).toEqual(Object.entries(row).sort())
      }),
    )
  })
})

describe('NDJSON for download', () => {
  it('is an object on each line', () => {
    const format = ndjsonFormat(['a'])
    expect([format.contentType, format.headers, format.head, format.between, format.tail('/next')]).toEqual([
      'application/x-ndjson',
      {},
      '',
      '',
      '',
    ])
    expect(format.row([1]) + format.row(['x\ny'])).toBe('{"a":1}\n{"a":"x\\ny"}\n')
  })
})
