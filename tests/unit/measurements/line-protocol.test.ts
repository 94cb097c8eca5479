import { Point } from '@influxdata/influxdb-client'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InexactNumber } from '../../../lib/measurements/cells.ts'
import { type Precision, parseLineProtocol } from '../../../lib/measurements/line-protocol.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'
import { runs } from '../../support/property.ts'

const parse = (text: string, precision: Precision = 's') => parseLineProtocol(Buffer.from(text), precision)
/** The rows of a text, without their nulls. */
function rowsOf(text: string, precision?: Precision) {
  const columns = parse(text, precision)
  return Array.from({ length: columns[0]?.[1].length ?? 0 }, (_, row) =>
    Object.fromEntries(
      columns.flatMap(([name, values]) => ((values[row] ?? null) === null ? [] : [[name, values[row]]])),
    ),
  )
}
const readValue = (literal: string) => rowsOf(`m v=${literal}`)[0]?.['v']
const errorOf = (text: string) => thrownProblem(() => parse(text))

describe('line protocol', () => {
  it('parses tags, fields and the timestamp of a point', () => {
    expect(rowsOf('weather,location=us-midwest,season=summer temperature=82,humidity=71 1465839830')).toEqual([
      {
        ...{ time: 1465839830, measurement: 'weather', location: 'us-midwest', season: 'summer' },
        ...{ temperature: 82, humidity: 71 },
      },
    ])
  })

  it('skips comments, blank lines and blanks around points', () => {
    const text = '\n# a comment\r\n  m a=1 1\r\n\r\n\tm  a=2   2  \n#m a=3\n   \nm a=4 4'
    expect(rowsOf(text).map(({ a }) => a)).toEqual([1, 2, 4])
  })

  it.each([
    ['1', 1],
    ['-1.5', -1.5],
    ['+2', 2],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['-1.234456E+78', -1.234456e78],
    ['12i', 12],
    ['-12i', -12],
    ['12u', 12],
    ['9007199254740993i', new InexactNumber('9007199254740993')],
    ['18446744073709551615u', new InexactNumber('18446744073709551615')],
    ...['t', 'T', 'true', 'True', 'TRUE'].map((literal): [string, boolean] => [literal, true]),
    ...['f', 'F', 'false', 'False', 'FALSE'].map((literal): [string, boolean] => [literal, false]),
    ['"text"', 'text'],
    ['""', ''],
    ['"12i"', '12i'],
    ['"a \\"quoted\\" \\\\ b"', 'a "quoted" \\ b'],
    ['"a\\b\\,\\n"', 'a\\b\\,\\n'],
    ['"a, b=c d"', 'a, b=c d'],
    ['"two\nlines\r\n# and #"', 'two\nlines\r\n# and #'],
    ['"°C 😀"', '°C 😀'],
  ])('reads the value %s', (literal, value) => {
    expect(readValue(literal)).toEqual(value)
  })

  it('reads escaped characters in names and tags', () => {
    expect(rowsOf('my\\ m\\,1=x,a\\ b=c\\,d\\=e,f\\=g=h\\ i j\\,k=1')).toEqual([
      { measurement: 'my m,1=x', 'a b': 'c,d=e', 'f=g': 'h i', 'j,k': 1 },
    ])
  })

  it('keeps backslashes that escape nothing', () => {
    expect(rowsOf('m\\n,a=C:\\dir,b=\\\\\\,c d=1')).toEqual([{ measurement: 'm\\n', a: 'C:\\dir', b: '\\\\,c', d: 1 }])
  })

  it.each<[Precision, string, unknown]>([
    ['s', '1465839830', 1465839830],
    ['s', '-1', -1],
    ['s', '0', 0],
    ['s', '200000000000', '8307-10-01T19:33:20.000Z'],
    ['ms', '1465839830123', 1465839830123],
    ['ms', '1000', '1970-01-01T00:00:01.000Z'],
    ['us', '1465839830123456', '2016-06-13T17:43:50.123456Z'],
    ['ns', '1465839830123456789', '2016-06-13T17:43:50.123456789Z'],
    ['ns', '1465839830000000000', '2016-06-13T17:43:50.000Z'],
    ['ns', '-1', '1969-12-31T23:59:59.999999999Z'],
  ])('in %s reads the timestamp %s', (precision, timestamp, time) => {
    expect(rowsOf(`m a=1 ${timestamp}`, precision)[0]?.['time']).toEqual(time)
  })

  it('has no time column if no point has a timestamp', () => {
    expect(parse('m a=1\nm a=2').map(([name]) => name)).toEqual(['a', 'measurement'])
    expect(rowsOf('m time=5,a=1')).toEqual([{ time_field: 5, a: 1, measurement: 'm' }])
    expect(rowsOf('m a=1\nm a=2 7').map(({ time }) => time)).toEqual([undefined, 7])
  })

  it('uses the tag box, else the tag host, as the box', () => {
    expect(rowsOf('m,host=pi a=1\nm,box=b1,host=pi a=2\nm a=3').map(({ box }) => box)).toEqual(['pi', 'b1', undefined])
  })

  it.each([
    ['m', 1, 2, 'the fields are missing'],
    ['m a=1\nm,b=2\n', 2, 6, 'the fields are missing'],
    ['m a=1 1\n\n,b=2 a=1', 3, 1, 'the measurement is missing'],
    ['m,=2 a=1', 1, 3, 'the name of a tag is missing'],
    ['m,b a=1', 1, 4, 'a tag needs = and a value'],
    ['m,b= a=1', 1, 5, 'the value of a tag is missing'],
    ['m,b=1=2 a=1', 1, 6, 'an = in the value of a tag needs a backslash before it'],
    ['m,b=1, a=1', 1, 7, 'the name of a tag is missing'],
    ['m a', 1, 4, 'a field needs = and a value'],
    ['m =1', 1, 3, 'the name of a field is missing'],
    ['m a=1,', 1, 7, 'the name of a field is missing'],
    ['m a=1, b=2', 1, 7, 'the name of a field is missing'],
    ...['', 'x', '1x', '1.2.3', '1e', 'NaN', '-inf', 'i', '-1u', '1.5i', 'truE', '0x10', "'a'", 'a"b"'].map(
      (literal): [string, number, number, string] => [
        `m a=1\nm b=${literal}\n`,
        ...([2, 5] as const),
        'the value of a field must be a number, true, false or a text in double quotes',
      ],
    ),
    ['m a="x', 1, 5, 'a text has no closing quote'],
    ['m a="x\\"\nm b=1', 1, 5, 'a text has no closing quote'],
    ['m a="x"y', 1, 8, 'the timestamp must be a whole number'],
    ['m a=1 1.5', 1, 7, 'the timestamp must be a whole number'],
    ['m a=1 2020-01-01', 1, 7, 'the timestamp must be a whole number'],
    ['m a=1 999999999999', 1, 7, 'the timestamp is outside the years 1 to 9999: check precision'],
    ['m a=1 1 2', 1, 9, 'a point ends with its timestamp'],
    ['m a=1\nm a=1,a=2 3', 2, 1, 'two values are called "a" (letter case does not count)'],
    ['m,b=1,B=2 a=1', 1, 1, 'two values are called "B" (letter case does not count)'],
  ])('rejects %j at line %i, column %i', (text, line, column, detail) => {
    expect(errorOf(text).issues).toEqual([{ line, column, byte: expect.any(Number), detail }])
  })

  it('rejects a body without points', () => {
    for (const text of ['', '\n', '# only a comment']) expect(errorOf(text).message).toContain('has no points')
  })

  it('rejects bytes that are not UTF-8', () => {
    expect(codeAndIssues(() => parseLineProtocol(Buffer.from('ff', 'hex'), 'ns')).code).toBe('body_invalid')
  })

  it('rejects an endless value in time', { timeout: 10_000 }, () => {
    expect(errorOf(`m v=${'1'.repeat(100_000)}x`).code).toBe('body_invalid')
  })

  it.each(['m ', 'm,'])('rejects more fields or tags than columns, and reads no further: %s', (start) => {
    const names = Array.from({ length: 1_001 }, (_, index) => `n${index}=1`)
    expect(errorOf(`${start}${names}, never read`).code).toBe('limit_exceeded')
  })

  it('rejects more points than an upload may have', () => {
    expect(errorOf('m a=1\n'.repeat(100_001)).code).toBe('limit_exceeded')
  })
})

describe('what the client of InfluxDB writes', () => {
  /** The client cannot write a backslash before a delimiter, and writes line ends in names as two characters. */
  const name = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 8 })
    .filter((text) => !/[\\\n\r\t\0]/.test(text) && !text.startsWith('#') && text.trim() === text)
  const field = fc.oneof(
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      // The client writes -0 as 0.
      .map((value) => ({ kind: 'float', value: value === 0 ? 0 : value }) as const),
    fc.maxSafeInteger().map((value) => ({ kind: 'integer', value }) as const),
    fc.maxSafeNat().map((value) => ({ kind: 'unsigned', value }) as const),
    fc.boolean().map((value) => ({ kind: 'boolean', value }) as const),
    fc.string({ unit: 'binary' }).map((value) => ({ kind: 'text', value }) as const),
  )
  /** Names of one row that do not differ in letter case only, and that are not those of other columns. */
  const names = fc.uniqueArray(name, { minLength: 1, maxLength: 8, selector: (text) => text.toLowerCase() })
  const point = fc.record({
    measurement: name,
    names: names.filter((all) => !all.some((text) => /^(?:time|measurement|host)$/i.test(text))),
    values: fc.array(fc.tuple(fc.boolean(), name, field), { minLength: 8, maxLength: 8 }),
    timestamp: fc.option(fc.integer({ min: 0, max: 4_000_000_000 })),
  })

  it('is read as the same values', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 5 }), (points) => {
        const expected: Record<string, unknown>[] = []
        const lines = points.map(({ measurement, names: own, values, timestamp }) => {
          const written = new Point(measurement)
          const row: Record<string, unknown>[] = [{ measurement }]
          own.forEach((key, index) => {
            const [isTag, tag, { kind, value }] = values[index] ?? [true, 'x', { kind: 'boolean', value: true }]
            // A point needs a field.
            if (isTag && index > 0) written.tag(key, tag)
            else if (kind === 'float') written.floatField(key, value)
            else if (kind === 'integer') written.intField(key, value)
            else if (kind === 'unsigned') written.uintField(key, value)
            else if (kind === 'boolean') written.booleanField(key, value)
            else written.stringField(key, value)
            row.push(Object.fromEntries([[key, isTag && index > 0 ? tag : value]]))
          })
          if (timestamp !== null) row.push({ time: timestamp })
          written.timestamp(timestamp ?? '')
          expected.push(Object.fromEntries(row.flatMap((cell) => Object.entries(cell))))
          return written.toLineProtocol()
        })
        expect(rowsOf(lines.join('\n'))).toEqual(expected)
      }),
      { numRuns: runs(500) },
    )
  })

  it('is read with every digit of a nanosecond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanoseconds) => {
        const line = new Point('m').intField('a', 1).timestamp(String(nanoseconds)).toLineProtocol() ?? ''
        const iso = String(rowsOf(line, 'ns')[0]?.['time'])
        const fraction = /\.(\d+)Z$/.exec(iso)?.[1]?.padEnd(9, '0') ?? ''
        const seconds = BigInt(Date.parse(iso.replace(/\.\d+Z$/, 'Z'))) / 1000n
        expect(seconds * 1_000_000_000n + BigInt(fraction)).toBe(nanoseconds)
      }),
      { numRuns: runs(500) },
    )
  })

  it('any bytes are parsed or rejected', () => {
    const words = ['m', ',', '=', ' ', '"', '\\', '\n', '\r', '#', '1', 'i', 't', '-', '.', 'e', '\0', '°', '\t']
    const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 2 })), { maxLength: 40 })
    fc.assert(
      fc.property(text, (parts) => {
        const body = parts.join('')
        try {
          parse(body)
        } catch (error) {
          expect(codeAndIssues(() => parse(body)).code).toBe('body_invalid')
          expect(String(error)).toContain('The body')
        }
      }),
      { numRuns: runs(2000) },
    )
  })
})
