import { describe, expect, it } from 'vitest'
import { parseBody } from '../../../lib/measurements/parse-body.ts'
import type { ParseOptions } from '../../../lib/measurements/parse-options.ts'
import { toTable } from '../../../lib/measurements/table.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'

function parse(text: string | Uint8Array, options: ParseOptions = {}, type = 'text/csv') {
  const warnings = new Warnings()
  const raw = parseBody(type, typeof text === 'string' ? Buffer.from(text) : text, warnings, options)
  const { columns, units } = toTable(raw, /.*/, warnings, options.textColumns ?? [])
  return {
    columns: Object.fromEntries(columns),
    units: Object.fromEntries(units ?? []),
    warnings: warnings.sentences(),
  }
}

const TIME = '2024-02-01T13:00:00'
const messageOf = (text: string, options: ParseOptions = {}, type = 'text/csv') =>
  thrownProblem(() => parse(text, options, type)).message

describe('the separator of CSV', () => {
  it.each([
    ['a semicolon', `time;temp\n${TIME};21\n`], // openforis/collect-earth-online#671
    ['a semicolon and decimal commas', `time;temp\n${TIME};21,0\n`], // Aternus/csv-to-xlsx#27
    ['a semicolon, one row without a line ending', `time;temp\r\n${TIME};21`],
    ['a tab', `time\ttemp\n${TIME}\t21\n`], // nationalparkservice/hobo-py#2
    ['a comma', `time,temp\n${TIME},21\n`],
    ['a semicolon at the end of each line', `time;temp;\n${TIME};21;\n`], // jharwell/fordyca#523
    ['a first line that declares it', `sep=;\ntime;temp\n${TIME};21\n`], // asafdav/ng-csv#28
    ['a first line that declares a pipe', `sep=|\ntime|temp\n${TIME}|21\n`],
  ])('is found: %s', (_, text) => {
    expect(parse(text).columns).toEqual({ time: [TIME], temp: [21] })
  })

  it('is a semicolon in the archives of sensor.community', () => {
    const text = `sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1\n141;SDS011;65;48.77;9.18;${TIME};16.20;\n`
    expect(parse(text)).toMatchObject({
      columns: {
        sensor_id: [141],
        sensor_type: ['SDS011'],
        lat: [48.77],
        timestamp: [TIME],
        p1: [16.2],
        durp1: [null],
      },
      warnings: [],
    })
  })

  it.each([
    ['semicolons in texts', 'time,note\n1,a;b\n2,c\n', { time: [1, 2], note: ['a;b', 'c'] }],
    ['semicolons in quotes', '"a;b;c",d\n"1;2;3",4\n', { abc: ['1;2;3'], d: [4] }],
    ['a comma in a name', 'time;temp, C\n1;21\n', { time: [1], 'temp c': [21] }],
    ['commas in names and decimals', 'a, C;b, %\n1,5;2,5\n3,5;4,5\n', { 'a c': [1.5, 3.5], b: [2.5, 4.5] }],
    ['short lines', 'a;b;c\n1\n1;2\n', { a: [1, 1], b: [null, 2], c: [null, null] }],
  ])('is not confused by %s', (_, text, columns) => {
    expect(parse(text).columns).toEqual(columns)
  })

  it.each([
    ['|', 'a|b\n1|2\n'],
    [',', 'a;b,c\n1,2\n'],
    [';', 'a,b;c\n1;2\n'],
    ['\t', 'a\tb\n1\t2\n'],
  ])('may be declared as %j', (delimiter, text) => {
    expect(Object.values(parse(text, { delimiter }).columns)).toEqual([[1], [2]])
  })

  it.each([
    ['time|temp\n1706792400|21.5\n', 'separated by |. Send delimiter=pipe.'],
    ['# x\ntime temp\n1706792400   21.5\n', 'separated by blanks. Separate them by commas'],
  ])('is named in the error if it must be declared or changed: %j', (text, message) => {
    expect(messageOf(text)).toContain(message)
  })

  it.each(['note here\nhello world\n', 'Date Time\n2024-02-01 13:00:00\n', 'a|b\n1\n', 'temp (C)\n21.5\n'])(
    'is not needed in a single column: %j',
    (text) => {
      expect(Object.values(parse(text).columns)[0]).toHaveLength(1)
    },
  )

  it('is a tab in text/tab-separated-values, unless declared otherwise', () => {
    expect(parse('a,b\tc\n1\t2\n', {}, 'text/tab-separated-values').columns).toEqual({ ab: [1], c: [2] })
    expect(parse('a;b\n1;2\n', { delimiter: ';' }, 'text/tab-separated-values').columns).toEqual({ a: [1], b: [2] })
  })
})

describe('decimal commas', () => {
  it.each([
    ['in quotes', 'time,a\n1,"21,5"\n2,"-0,25"\n', {}, [21.5, -0.25], 0], // Aternus/csv-to-xlsx#27
    ['after semicolons', 'time;a\n1;21,5\n2;-0,25\n', {}, [21.5, -0.25], 0],
    ['after tabs, with an exponent', 'time\ta\n1\t1,5e3\n2\t,5\n', {}, [1500, 0.5], 0],
    ['next to decimal points', 'time;a\n1;21,5\n2;0.25\n', {}, [21.5, 0.25], 0],
    ['before three digits after a semicolon', 'time;a\n1;1,234\n2;1,5\n', {}, [1.234, 1.5], 0],
    ['before three digits in quotes', 'time,a\n1,"1,234"\n2,"0,234"\n', {}, [1.234, 0.234], 1],
    ['that are declared', 'time,a\n1,"1,234"\n2,"1,5"\n', { decimal: 'comma' }, [1.234, 1.5], 0],
    ['that are not declared', 'time,a\n1,"21,5"\n2,3\n', { decimal: 'point' }, ['21,5', 3], 0],
    ['with groups', 'time;a\n1;1.234,5\n2;1,5\n', {}, ['1.234,5', 1.5], 1],
    ['with groups of another country', 'time,a\n1,"1,234.5"\n2,1\n', {}, ['1,234.5', 1], 1],
    ['declared, and a point before a group', 'time;a\n1;1.234\n2;1.5\n', { decimal: 'comma' }, ['1.234', 1.5], 1],
  ] satisfies [string, string, ParseOptions, unknown[], number][])('%s', (_, text, options, cells, warnings) => {
    const result = parse(text, options)
    expect([result.columns['a'], result.warnings.length]).toEqual([cells, warnings])
  })

  it('warns where a comma before three digits is ambiguous', () => {
    expect(parse('time,a\n1,"1,234"\n').warnings).toEqual([
      'column "a", 1 value (row 1): a comma before three digits, read as a decimal comma; decimal=point stores text',
    ])
  })

  it('leaves lists, addresses and versions as text', () => {
    const text = 'time;a\n1;1,2,3\n2;192.168.100.200\n3;1.2.3\n'
    expect(parse(text)).toMatchObject({ columns: { a: ['1,2,3', '192.168.100.200', '1.2.3'] }, warnings: [] })
  })
})

describe('lines that are not rows', () => {
  it.each([
    ['comments before the names', '# logger 1\n#, without names\n\ntime,a\n1,2\n'],
    ['comments of an oscilloscope', '#Digilent WaveForms\n#Date Time: 2021-04-14 13:10\n\ntime,a\n1,2\n'], // ngscopeclient/scopehal#408
    ['lines of empty cells', 'time,a\n,\n1,2\n ,\t\n,\n'],
    ['lines of blanks', 'time,a\n  \n1,2\n\t\n'],
  ])('skips %s', (_, text) => {
    expect(parse(text.replace('#,', '# '))).toEqual({ columns: { time: [1], a: [2] }, units: {}, warnings: [] })
  })

  it('skips lines of empty cells, but no line of quoted empty cells', () => {
    expect(parse('a,b\n,""\n,\n"x",\n').columns).toEqual({ a: [null, 'x'], b: [null, null] })
  })

  it('skips comments among rows with a warning', () => {
    expect(parse('time,a\n1,2\n# restart\n3,4\n')).toEqual({
      columns: { time: [1, 3], a: [2, 4] },
      units: {},
      warnings: ['skipped 1 line among the rows that start with #, as comments'],
    })
  })

  it('retains a quoted text that starts with #', () => {
    expect(parse('note,a\n"#1",2\n').columns).toEqual({ note: ['#1'], a: [2] })
  })

  it('skips names that a logger repeats at each start, with a warning', () => {
    expect(parse('time,a\n1,2\ntime,a\n3,4\n')).toEqual({
      columns: { time: [1, 3], a: [2, 4] },
      units: {},
      warnings: ['skipped 1 later line of column names or dashes'],
    })
  })

  it('skips a line of dashes below the names, as sqlcmd writes it', () => {
    expect(parse('time,a\n----,--\n1,-\n3,4\n').columns).toEqual({ time: [1, 3], a: [null, 4] })
  })

  it('removes a NUL byte in a name with a warning', () => {
    expect(parse('time,te\0mp\n1,2\n')).toMatchObject({
      columns: { time: [1], temp: [2] },
      warnings: ['removed 1 NUL byte'],
    })
  })

  it('removes the NUL bytes of an SD card with a warning', () => {
    // john-corcoran/backblaze-backup-checker#1, NLog/NLog#5454
    expect(parse('time,a\n1,2\n\0\0\0\0\n3,4\n\0')).toEqual({
      columns: { time: [1, 3], a: [2, 4] },
      units: {},
      warnings: ['removed 5 NUL bytes'],
    })
  })

  it.each([
    [2, 'Station 7\nOperator: x,y,z\ntime,a\n1,2\n'],
    [0, 'time,a\n1,2\n'],
  ])('skips %i lines that the caller names', (skip, text) => {
    expect(parse(text, { skip }).columns).toEqual({ time: [1], a: [2] })
  })
})

describe('a line of texts among numbers', () => {
  it.each([
    'a,b\n1,2\nx,y\n3,4\n',
    'time,a,b\n1,2,3\ntime,c,d\n4,5,6\ntime,e,f\n7,8,9\n8,8,9\n',
    'time,a,note\n1,2,x\nTime,Temp,Note\n3,4,y\n',
  ])('is rejected, because a second table seems to start: %j', (text) => {
    expect(codeAndIssues(() => parse(text))).toMatchObject({
      code: 'body_invalid',
      issues: [{ line: 3, detail: expect.stringMatching(/^it seems to have other column names/) }],
    })
  })

  it.each([
    ['one text', 'name,value\ndoor,open\ntemp,21.5\n'],
    ['equal words', 'a,b\n1,2\nErr,Err\n3,4\n'],
    ['words for missing values', 'a,b\n1,2\nNA,null\n3,4\n'],
    ['texts in text columns', 'time,state,door\n1,on,open\n2,off,closed\n'],
    ['a blank cell between texts', 'time,a,b\n1,2,3\nx,,y\n4,5,6\n'],
    ['texts in most rows', 'a,b\nx,y\nv,w\n1,2\n'],
    ['a text in one numeric column', 'a,b,note\nx,y,z\n1,on,of\n2,on,it\n'],
  ])('is a row if it has %s', (_, text) => {
    expect(Object.values(parse(text).columns)[0]).not.toHaveLength(0)
  })
})

describe('columns without names', () => {
  it.each([
    ['pandas', ',time,temp\n0,1706792400,1\n1,1706792401,2\n'], // pandas-dev/pandas#10646
    ['R', '"","time","temp"\n"1",1706792400,1\n"2",1706792401,2\n'],
    ['a logger', '#,time,temp\n1,1706792400,1\n2,1706792401,2\n'],
  ])('are dropped with a warning if they are the index of %s', (_, text) => {
    expect(parse(text)).toEqual({
      columns: { time: [1706792400, 1706792401], temp: [1, 2] },
      units: {},
      warnings: ['column 1 has no name and contains row numbers: it was not stored'],
    })
  })

  it('are called time if they are an index of times', () => {
    expect(parse(`,temp\n${TIME},1\n`)).toEqual({
      columns: { time: [TIME], temp: [1] },
      units: {},
      warnings: ['column 1 has no name and contains times: it is stored as "time"'],
    })
  })

  it.each([
    ['in every line', 'time,a,\n1,2,\n', 'column 3 has neither a name nor values: it was not stored'],
    ['in the rows only', 'time,a\n1,2,\n', 'skipped empty cells beyond the last column in 1 line'], // pandas-dev/pandas#14124, hobo-py MX2301
    ['in some rows', 'time,a\n1,2,,\n3,4\n', 'skipped empty cells beyond the last column in 1 line'],
  ])('are dropped with a warning if a separator ends lines: %s', (_, text, warning) => {
    const { columns, warnings } = parse(text)
    expect([columns['a']?.[0], warnings]).toEqual([2, [warning]])
  })

  it.each(['time,,a\n1,x,2\n', ',a\nx,1\n'])('are rejected if they have values: %j', (text) => {
    expect(thrownProblem(() => parse(text)).code).toBe('body_invalid')
  })
})

describe('a first line without names', () => {
  it.each([
    '1706792400,21.5\n1706792401,22.5\n', // CapnBry/HeaterMeter#47
    `${TIME}Z,21.5\n`, // datahuborg/datahub#152
    '2020/1/24\t16:53:12\t0\n', // gw-pem/kagra-pem#201
    '01.02.2024 13:00;21,5\n',
    'garden,1706792400,21.5\n', // opentx/opentx#6169
    'garden,21.5\ngarden,22.5\n',
    '21.5\n',
    '# a comment\n1,2\n',
  ])('is rejected with the cure: %j', (text) => {
    expect(messageOf(text)).toMatch(
      /^The CSV cannot be read: line [12] has numbers or times instead of column names\. Send header=absent&columns=.+, or add a first line with names\.$/,
    )
  })

  it('is rejected with its line', () => {
    expect(codeAndIssues(() => parse('#x\n1706792400,21.5\n'))).toEqual({
      code: 'body_invalid',
      issues: [{ line: 2, detail: 'line 2 has numbers or times instead of column names' }],
    })
  })

  it.each(['time,1,2\n5,6,7\n', 'temp2,x1\n5,6\n', 'time,400.5\n1,2\n'])('may have names with digits: %j', (text) => {
    expect(Object.values(parse(text).columns)[0]).toHaveLength(1)
  })

  it.each([
    ['1706792400,21.5\n1706792401,22.5\n', {}],
    ['1706792400;21,5\n1706792401;22,5\n', {}],
    ['time,temp,x\n1706792400,21.5\n1706792401,22.5\n', { skip: 1 }],
    ['# a comment\n1706792400\t21.5\n1706792401\t22.5\n', {}],
  ])('is read with header=absent: %j', (text, options) => {
    const named: ParseOptions = { header: 'absent', columns: ['time', 'temp'], ...options }
    expect(parse(text, named)).toEqual({
      columns: { time: [1706792400, 1706792401], temp: [21.5, 22.5] },
      units: {},
      warnings: [],
    })
  })

  it('is read if Content-Type declares header=absent', () => {
    const { columns } = parse('1,2\n', { columns: ['a', 'b'] }, 'text/csv; header=absent')
    expect(columns).toEqual({ a: [1], b: [2] })
  })

  it.each([
    [{ header: 'absent' } as const, 'columns must name the columns where header is absent.'],
    [{ columns: ['a'] }, 'columns requires header=absent.'],
  ])('needs both parameters: %j', (options, message) => {
    expect(messageOf('1,2\n', options)).toBe(message)
  })

  it('may follow names in a comment, as NumPy writes them', () => {
    expect(parse('# made by numpy.savetxt\n# time,temp\n1706792400,21.5\n').columns).toEqual({
      time: [1706792400],
      temp: [21.5],
    })
  })
})

describe("loggers' files", () => {
  const toa5 = (data: string) =>
    `"TOA5","St","CR1000","1","CR1000.Std.32","CPU:a.CR1","2","Hourly"\r\n"TIMESTAMP","RECORD","batt_volt_Min"\r\n"TS","RN","Volts"\r\n"","","Min"\r\n${data}`

  it('of Campbell Scientific are read from their names on, with units (TOA5)', () => {
    // haukex/pytoa5
    expect(parse(toa5('"2004-11-11 15:03:45",0,13.7\r\n"2004-11-11 16:03:45",1,"NAN"\r\n'))).toEqual({
      columns: {
        timestamp: ['2004-11-11 15:03:45', '2004-11-11 16:03:45'],
        record: [0, 1],
        batt_volt_min: [13.7, null],
      },
      units: { timestamp: 'TS', record: 'RN', batt_volt_min: 'Volts' },
      warnings: ['column "batt_volt_min", 1 value (row 2): NaN or infinite, stored as null'],
    })
  })

  it('of Campbell Scientific report the line of a fault', () => {
    expect(codeAndIssues(() => parse(toa5('"2004-11-11 15:03:45",0,13.7,5\r\n')))).toMatchObject({
      issues: [{ line: 5, detail: expect.stringMatching(/^it has 4 cells, but the CSV has 3 columns/) }],
    })
  })

  it('of Campbell Scientific without units are read from their names on (TOACI1)', () => {
    expect(parse('"TOACI1","CR1000","Hourly"\n"TMSTAMP","RECNBR","t"\n"2004-11-11 15:03:45",0,13.7\n').columns).toEqual(
      {
        tmstamp: ['2004-11-11 15:03:45'],
        recnbr: [0],
        t: [13.7],
      },
    )
  })

  it('of HOBOware are read with short names, units and the offset of their times', () => {
    // nationalparkservice/hobo-py#3
    const text =
      '\ufeff"Plot Title: Cave"\n"#","Date Time, GMT-07:00","Temp, °F (LGR S/N: 274341, SEN S/N: 1, LBL: air)","RH, % (LGR S/N: 274341)","Coupler Attached (LGR S/N: 274341)"\n' +
      '4,05/25/00 10:52:42 AM,37.20,102.90,\n5,05/26/00 12:08:42 PM,37.25,102.60,Logged\n'
    expect(parse(text)).toEqual({
      columns: {
        time: ['2000-05-25T10:52:42-07:00', '2000-05-26T12:08:42-07:00'],
        'temp air': [37.2, 37.25],
        rh: [102.9, 102.6],
        'coupler attached': [null, 'Logged'],
      },
      units: { 'temp air': '°F', rh: '%' },
      warnings: [
        'column 1 has no name and contains row numbers: it was not stored',
        'the times are read as month/day/year with the offset -07:00',
      ],
    })
  })

  it.each([
    ['day/month/year', '25/05/00 10:52:42', '2000-05-25T10:52:42+01:00'],
    ['year/month/day', '2017-05-25 00:52', '2017-05-25T00:52:00+01:00'],
    ['month/day/year', '05/06/2017 12:52:42.5 AM', '2017-05-06T00:52:42.5+01:00'],
  ])('of HOBOware may have times as %s', (order, sent, time) => {
    const result = parse(`#,"Date Time, GMT+01:00","Temp, °C (SEN S/N: 1)"\n1,${sent},5\n`)
    expect([result.columns['time'], result.warnings[1]]).toEqual([
      [time],
      `the times are read as ${order} with the offset +01:00`,
    ])
  })

  it('of HOBOware are read in time, whatever their names', { timeout: 10_000 }, () => {
    const blanks = ' '.repeat(4_000)
    const { columns } = parse(`"#","Date Time, GMT-05:00","a,${blanks}("\n1,05/03/26 12:00:00,3\n`)
    expect(Object.values(columns)).toHaveLength(2)
    const names = Array.from({ length: 990 }, (_, index) => `${'A'.repeat(4_000)}${index}`)
    expect(() => parse(`"Date Time, GMT-05:00",${names}\n05/03/26 12:00:00\n`)).toThrow('has more than 128 characters')
  })

  it('of HOBOware keep times that have another form', () => {
    expect(parse('#,"Date Time, GMT+01:00",a\n1,later,5\n').columns['time']).toEqual(['later'])
    const { columns } = parse('#,"Date Time, GMT+01:00",a\n1,05/06/17 12:52,5\n', { time_format: '%d/%m/%y %H:%M' })
    expect(columns['date time gmt+01:00']).toEqual(['05/06/17 12:52'])
  })

  it.each([
    ['Date-Time (PST/PDT)', { tz: 'America/Los_Angeles' }, '2024-07-01T13:00:00', 'in the declared time zone'],
    ['Date-Time (PST PDT)', { tz: 'America/Los_Angeles' }, '2024-07-01T13:00:00', 'in the declared time zone'],
    ['Date-Time (UTC)', {}, '2024-07-01T13:00:00+00:00', 'with the offset +00:00'],
    ['Date-Time (GMT)', { tz: 'Europe/Berlin' }, '2024-07-01T13:00:00+00:00', 'with the offset +00:00'],
  ])('of HOBOconnect with %s and %j are read', (name, options, time, zone) => {
    const text = `"#","${name}","Ch: 1 - Temperature   (°C)","RH , %"\n"1","07/01/2024 13:00:00","21.5","40"\n`
    expect(parse(text, options)).toEqual({
      columns: { time: [time], 'ch: 1 - temperature': [21.5], rh: [40] },
      units: { 'ch: 1 - temperature': '°C', rh: '%' },
      warnings: [
        'column 1 has no name and contains row numbers: it was not stored',
        `the times are read as month/day/year ${zone}`,
      ],
    })
  })

  it.each(['Date-Time (PST/PDT)', 'Date-Time (MST)'])('of HOBOconnect with %s need tz', (name) => {
    const text = `${name},RH\n2024-07-01 13:00:00,40\n`
    const { columns, warnings } = parse(text)
    expect(Object.values(columns)).toEqual([['2024-07-01 13:00:00'], [40]])
    expect(warnings).toContainEqual(
      expect.stringMatching(/, which is not unique, and were not read: send tz, such as /),
    )
    expect(columns['time']).toBeUndefined()
  })

  it('of HOBOconnect keep times for a declared format', () => {
    const options = { tz: 'America/Los_Angeles', time_format: '%d/%m/%y %H:%M' }
    const { columns } = parse('Date-Time (PST/PDT),RH\n05/06/17 12:52,5\n', options)
    expect(columns['time']).toEqual(['05/06/17 12:52'])
  })

  it('of HOBOware have the serial number where two sensors measure the same', () => {
    const text = '#,"Date Time, GMT+01:00","Temp, °C (SEN S/N: 1)","Temp, °C (SEN S/N: 2)"\n1,2017-05-25 00:52,5,6\n'
    expect(parse(text).columns).toMatchObject({ 'temp 1': [5], 'temp 2': [6] })
  })

  it('of BoxCar are separated by tabs', () => {
    // nationalparkservice/hobo-py#2
    expect(parse('Date Time\tTemperature (*C) c:1\tRH (%) c:3\n07/07/03 10:45:40.0\t26.34\t48.3\n').columns).toEqual({
      'date time': ['07/07/03 10:45:40.0'],
      'temperature c c:1': [26.34],
      'rh  c:3': [48.3],
    })
  })

  it.each([
    ['time,temp,rh\ns,°C,%\n1,2,3\n', { temp: '°C', rh: '%', time: 's' }], // flysight/flysight-2-firmware#61
    ['time;pressure\n;[hPa]\n1;2\n', { pressure: '[hPa]' }],
    ['date,wind,box\nTS,m/s,\n2024-02-01,2,a\n', { date: 'TS', wind: 'm/s' }],
  ])('may have a line of units below their names: %j', (text, units) => {
    const result = parse(text)
    expect([result.units, result.columns[Object.keys(units).at(-1) ?? '']?.length]).toEqual([units, 1])
    expect(result.warnings).toContain('the line below the column names is read as units')
  })

  it.each([
    'time,note\n1,ok\n2,3\n',
    'a,b\nm,s\nx,y\n',
    'a,b\nA,\n1,2\n',
    'a,b\nsensor,%\n1,x\n',
    'time,state\nyesterday,on\n1,2\n',
  ])('may have texts in the first row: %j', (text) => {
    expect(parse(text)).toMatchObject({ units: {} })
    expect(Object.values(parse(text).columns)[0]).toHaveLength(2)
  })
})

describe('a body that is not CSV', () => {
  it.each(['text/csv', 'application/csv', 'text/plain', 'text/tab-separated-values'])('is rejected with %s', (type) => {
    expect(messageOf('{"time":[1],"a":[2]}', {}, type)).toBe(
      'The body looks like JSON, but its Content-Type is one of CSV. Send Content-Type: application/json.',
    )
    expect(messageOf('[{"time":1}]', {}, type)).toContain('looks like JSON')
    expect(messageOf('time=1706792400&a=2', {}, type)).toBe(
      'The body looks like a form, but its Content-Type is one of CSV. Send Content-Type: application/x-www-form-urlencoded.',
    )
  })

  it.each(['[ppm],a\n1,2\n', 'a=b,c\n1,2\n', '{a},b\n1,2\n'])('is not seen in %j', (text) => {
    expect(Object.values(parse(text).columns).at(-1)).toEqual([2])
  })

  it.each([
    ['delimiter', { delimiter: ';' }],
    ['skip', { skip: 1 }],
    ['columns', { columns: ['a'] }],
  ])('cannot have the parameter %s', (field, options) => {
    expect(codeAndIssues(() => parse('{"a":1}', options, 'application/json'))).toEqual({
      code: 'parameter_invalid',
      issues: [{ field, detail: 'applies to CSV, but the Content-Type is application/json' }],
    })
  })
})

describe('a line with too many cells', () => {
  it.each([
    ['decimal commas', 'time,temp\n1,21,5\n', 'it has 3 cells, but the CSV has 2 columns (decimal commas?'],
    [
      'a title',
      'Station\ntime,temp\n1,21\n',
      'it has 2 cells, but the CSV has 1 column (does another line have the names?',
    ],
    ['a text with separators', 'time,note\n1,a,b\n', 'it has 3 cells, but the CSV has 2 columns (quote a text'],
  ])('is rejected with the numbers of cells and the likely cause: %s', (_, text, detail) => {
    expect(messageOf(text)).toContain(detail)
  })
})

describe('text columns', () => {
  it.each([
    ['CSV', 'text/csv', 'time,box,a\n1,1E5,1\n2,0100000,2\n3,007,3\n', ['1E5', '0100000', '007']], // thingsboard/thingsboard#12842
    ['quoted CSV', 'text/csv', 'time,"Box"\n1,"1E5"\n2,007\n3,\n', ['1E5', '007', null]], // proompteng/bilig#28
    ['CSV with semicolons', 'text/csv', 'time;box\n1;7,0\n2;nan\n3;NA\n', ['7,0', 'nan', 'NA']],
    ['a form', 'application/x-www-form-urlencoded', 'box=007&box=1E5&box=', ['007', '1E5', null]],
    ['JSON', 'application/json', '{"time":[1,2,3],"box":[7,"007",null]}', ['7', '007', null]],
    ['one value of JSON', 'application/json', '{"time":[1,2,3],"box":7}', ['7', '7', '7']],
  ])('are texts in %s', (_, type, text, boxes) => {
    expect(parse(text, {}, type)).toMatchObject({ columns: { box: boxes }, warnings: [] })
  })

  it('are those that a setting names', () => {
    const text = 'time,id,hex\n1,007,000000\n' // sqlitebrowser/sqlitebrowser#160
    expect(parse(text, { textColumns: ['id', 'hex'] }).columns).toEqual({ time: [1], id: ['007'], hex: ['000000'] })
  })
})
