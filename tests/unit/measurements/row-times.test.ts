import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { DEFAULT_TIME_COLUMNS } from '../../../lib/core/time-columns.ts'
import { toBlocks } from '../../../lib/measurements/blocks.ts'
import { parseBody } from '../../../lib/measurements/parse-body.ts'
import { toTable } from '../../../lib/measurements/table.ts'
import { timeOptionsShape } from '../../../lib/measurements/time-options.ts'
import { rowTime } from '../../../lib/measurements/times.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { codeAndIssues } from '../../support/problems.ts'

const NOW = Date.UTC(2026, 4, 3, 12)
const RECEIPT = new Date(NOW).toISOString()
const options = z.strictObject(timeOptionsShape)

interface Sent {
  type?: string
  parameters?: Record<string, string>
  timeColumns?: readonly string[]
}

/** The times of the rows as they are read back from the blocks, the time column and the warnings. */
function upload(body: string, { type = 'text/csv', parameters = {}, timeColumns = DEFAULT_TIME_COLUMNS }: Sent = {}) {
  const warnings = new Warnings()
  const timeOptions = options.parse(parameters)
  const table = toTable(parseBody(type, Buffer.from(body), warnings, timeOptions), /.*/, warnings)
  const context = { timeColumns, timeOptions, receivedAt: NOW }
  const blocks = toBlocks(table, { ...context, participant: undefined, uploadId: 'request 1' }, warnings)
  const times = blocks.flatMap((block) =>
    Array.from({ length: block.rows }, (_, row) => new Date(rowTime({ ...block, receivedAt: NOW }, row)).toISOString()),
  )
  return {
    times,
    columns: blocks.map(({ timeColumn }) => timeColumn),
    cells: blocks.flatMap(({ columns, timeColumn }) => columns.get(timeColumn ?? '') ?? []),
    keys: blocks.map(({ key }) => key),
    warnings: warnings.sentences(),
  }
}

const timesOf = (body: string, parameters: Record<string, string> = {}) => upload(body, { parameters }).times

describe('the column with the times', () => {
  it.each([
    ['ThingSpeak', 'created_at,entry_id,field1\n2021-02-18T21:46:23+00:00,1,6.0\n', '2021-02-18T21:46:23.000Z'],
    ['ThingSpeak in UTC', 'created_at,entry_id,field1\n2021-02-18 21:46:23 UTC,1,6\n', '2021-02-18T21:46:23.000Z'],
    [
      'Home Assistant',
      'entity_id,state,last_changed\nsensor.t,21.5,2025-04-06T07:00:00.000Z\n',
      '2025-04-06T07:00:00.000Z',
    ],
    ['openSenseMap', 'sensorId,createdAt,value\n5f,2024-02-01T13:00:00.000Z,21\n', '2024-02-01T13:00:00.000Z'],
    ['InfluxDB', '_time,_value\n2024-02-01T13:00:00Z,21\n', '2024-02-01T13:00:00.000Z'],
    ['InfluxDB 1 in nanoseconds', 'time,value\n1706792400000000000,21\n', '2024-02-01T13:00:00.000Z'],
    ['Grafana', '"Time","temp"\n"2024-02-01 13:00:00","21"\n', '2024-02-01T13:00:00.000Z'],
    ['sensor.community', 'sensor_id,timestamp,P1\n1,2024-02-01T13:00:00,5\n', '2024-02-01T13:00:00.000Z'],
    ['OpenWeatherMap', 'dt,temp\n1706792400,281\n', '2024-02-01T13:00:00.000Z'],
    ['Ecowitt', 'dateutc,tempf\n2024-02-01 13:00:00,70\n', '2024-02-01T13:00:00.000Z'],
    ['a name with a blank', 'Date Time,a\n2024/02/01 13:00:00,1\n', '2024-02-01T13:00:00.000Z'],
  ])('is known in an export of %s', (_, body, time) => {
    expect(upload(body)).toMatchObject({ times: [time], warnings: [] })
  })

  it.each([
    [{ tz: 'America/Los_Angeles' }, '2024-07-01T20:00:00.000Z', 1],
    [{ tz: 'America/Los_Angeles', time_format: '%m/%d/%Y %H:%M:%S' }, '2024-07-01T20:00:00.000Z', 0],
    [{}, RECEIPT, 3],
  ])('has the abbreviation of a zone in an export of HOBOconnect, and %j', (parameters, time, warnings) => {
    const result = upload('Date-Time (PST/PDT),RH\n07/01/2024 13:00:00,40\n', { parameters })
    expect([result.times, result.warnings.length]).toEqual([[time], warnings])
  })

  it('has its offset in its name in an export of HOBO', () => {
    const body = '#,"Date Time, GMT-05:00",temp\n1,07/25/14 01:00:00 PM,21\n'
    const parameters = { time_format: '%m/%d/%y %I:%M:%S %p' }
    const csv = body.replace('#,', 'n,')
    expect(timesOf(csv, parameters)).toEqual(['2014-07-25T18:00:00.000Z'])
    expect(timesOf(csv, { ...parameters, tz: 'UTC' })).toEqual(['2014-07-25T13:00:00.000Z'])
  })

  it('is one of the first three names, whatever its values are', () => {
    expect(upload('created_at,time\n2021-02-18T21:46:23Z,43\n')).toMatchObject({ columns: ['time'], warnings: [] })
  })

  it.each([
    ['a temperature', 'ts,a\n21.5,1\n'],
    ['a word', 'date,a\nMonday,1\n'],
    ['nothing', 'epoch,a\n,1\n'],
  ])('is not another known name with %s', (_, body) => {
    expect(upload(body)).toMatchObject({ columns: [null], times: [RECEIPT] })
  })

  it('names the columns in a warning if there is none', () => {
    expect(upload('{"co2":[600,601],"ppm":[1,2]}', { type: 'application/json' }).warnings).toEqual([
      'no column is known to hold times ("co2", "ppm"), so every row has the time of receipt: ' +
        'name the column with time_column',
    ])
  })

  it('names at most ten columns', () => {
    const names = Array.from({ length: 12 }, (_, index) => `c${index}`)
    expect(upload(`${names}\n${names.map(() => 1)}\n`).warnings[0]).toContain('"c9" and others)')
  })

  it('is the only one that the operator names', () => {
    const timeColumns = ['ts']
    expect(upload('ts,created_at\n21.5,2021-02-18\n', { timeColumns })).toMatchObject({ columns: ['ts'] })
    expect(upload('created_at,a\n2021-02-18,1\n', { timeColumns })).toMatchObject({ columns: [null] })
  })

  it('is the one that time_column names, in any letter case', () => {
    const body = 'time,Measured On\n43,2024-02-01 13:00:00\n'
    const sent = upload(body, { parameters: { time_column: 'measured ON' } })
    expect(sent).toMatchObject({ columns: ['measured on'], times: ['2024-02-01T13:00:00.000Z'] })
  })

  it('is rejected if time_column names one that the upload lacks', () => {
    expect(codeAndIssues(() => upload('a,b\n1,2\n', { parameters: { time_column: 'when' } }))).toEqual({
      code: 'parameter_invalid',
      issues: [{ field: 'time_column', detail: 'names a column that the upload lacks. It has "a", "b"' }],
    })
  })
})

describe('date and time in two columns', () => {
  it.each([
    // `marcusolsson/grafana-csv-datasource#44`.
    ['date,time,a\n2024-02-01,13:00:00,1\n', '2024-02-01T13:00:00.000Z'],
    ['date,time,a\n2024/2/1,13:00,1\n', '2024-02-01T13:00:00.000Z'],
    ['date,time,a\n20240201,13:00:00.250,1\n', '2024-02-01T13:00:00.250Z'],
    // `Freika/dawarich#3423`: DATE and TIME of a GPS logger; the date was lost.
    ['INDEX,DATE,TIME,LATITUDE\n1,2008/12/13,01:21:52,52\n', '2008-12-13T01:21:52.000Z'],
    // `oliexdev/openScale#1475`: a spreadsheet has changed the time.
    ['DATE,TIME,WEIGHT\n2025-04-07,8:30:00 AM,72.5\n', '2025-04-07T08:30:00.000Z'],
    ['DATE,TIME,WEIGHT\n2025-04-07 00:00:00,8:30 PM,72.5\n', '2025-04-07T20:30:00.000Z'],
  ])('%j are one time', (body, time) => {
    expect(upload(body)).toMatchObject({ times: [time], cells: [time], warnings: [] })
  })

  it('are read in the declared format and time zone', () => {
    const parameters = { time_format: '%d.%m.%Y %H:%M', tz: 'Europe/Berlin' }
    expect(timesOf('date,time,a\n01.07.2024,13:00,1\n', parameters)).toEqual(['2024-07-01T11:00:00.000Z'])
    expect(timesOf('date,time,a\n2024-07-01,13:00,1\n', { tz: 'Europe/Berlin' })).toEqual(['2024-07-01T11:00:00.000Z'])
  })

  it('have a warning for a row without a date', () => {
    expect(upload('date,time,a\n2024-02-01,13:00,1\n,14:00,2\n')).toMatchObject({
      times: ['2024-02-01T13:00:00.000Z', RECEIPT],
      warnings: ['column "time", 1 value (row 2): not readable as a time, the time of receipt is used for the row'],
    })
  })

  it('have a warning if day and month of the date may be in either order', () => {
    const [warning] = upload('date,time,a\n01/02/2024,13:00,1\n').warnings
    expect(warning).toContain('column "time", 1 value (row 1): the order of day and month is not declared')
  })

  it('are not needed if another column has complete times', () => {
    expect(upload('time,datetime\n13:00,2024-02-01 13:00:00\n')).toMatchObject({ columns: ['datetime'] })
  })
})

describe('what is stored', () => {
  it.each([
    ['1706792400', {}, 1706792400],
    ['1706792400000', {}, 1706792400000],
    ['2024-02-01T13:00:00', {}, '2024-02-01T13:00:00'],
    ['1706792400', { time_format: 'unix', tz: 'Europe/Berlin' }, 1706792400],
    ['1706792400000', { time_format: 'unix_ms' }, 1706792400000],
    ['2024-02-01T14:00:00+01:00', { tz: 'America/New_York' }, '2024-02-01T14:00:00+01:00'],
  ])('is %s as sent, with %j', (cell, parameters, stored) => {
    expect(upload(`time,a\n${cell},1\n`, { parameters })).toMatchObject({
      cells: [stored],
      times: ['2024-02-01T13:00:00.000Z'],
    })
  })

  it.each([
    ['20240201130000', {}],
    ['2024/02/01 13:00:00', {}],
    ['1706792400000000000', {}],
    ['45323.541666666664', { time_format: 'excel' }],
    ['2024-02-01 08:00:00', { tz: 'America/New_York' }],
    ['01.02.2024 13:00', { time_format: '%d.%m.%Y %H:%M' }],
    ['2024-02-01 13:00:00', { tz: 'UTC' }],
  ])('is ISO text in UTC for %s, with %j', (cell, parameters) => {
    const iso = '2024-02-01T13:00:00.000Z'
    expect(upload(`time,a\n${cell},1\n`, { parameters })).toMatchObject({ cells: [iso], times: [iso], warnings: [] })
  })

  it('retains nanoseconds, without a warning about their digits', () => {
    expect(upload('{"time":[1706792400123456789]}', { type: 'application/json' })).toMatchObject({
      cells: ['2024-02-01T13:00:00.123456789Z'],
      warnings: [],
    })
  })

  it('is the same for a repeat, and for the same times in another form', () => {
    const body = 'time,a\n20240201130000,1\n20240201130100,2\n'
    const { keys } = upload(body)
    expect(upload(body).keys).toEqual(keys)
    expect(upload('time,a\n2024/02/01 13:00,1\n2024/02/01 13:01,2\n').keys).toEqual(keys)
  })
})

describe('warnings about times', () => {
  it.each([
    // `ribbondz/rsv#8`: a spreadsheet's days.
    ['45323.54', 'column "time", 1 value (row 1): a time before the year 2000'],
    // `EnviroDIY/ModularSensors#304`: a clock with another epoch.
    ['2082844800', 'column "time", 1 value (row 1): a time more than a day after the time of receipt'],
    // `almarklein/timetagger#276`: an import ended up in 1970.
    ['1970-01-01 08:37', 'column "time", 1 value (row 1): a time before the year 2000'],
    ['2024020113', 'column "time", 1 value (row 1): a time more than a day after the time of receipt'],
    [
      '01.02.2024 13:00',
      'column "time", 1 value (row 1): the order of day and month is not declared, the time of receipt is used for the ' +
        'row: send time_format, such as %d.%m.%Y %H:%M',
    ],
  ])('include one for %s', (cell, warning) => {
    expect(upload(`time,a\n${cell},1\n`).warnings).toEqual([warning])
  })

  it.each([
    ['time,a\n+1706792400,1\n', {}, '2024-02-01T13:00:00.000Z'],
    ['time,a\n01022024,1\n', { time_format: '%d%m%Y' }, '2024-02-01T00:00:00.000Z'],
  ])('do not mention the spelling of times: %j', (body, parameters, time) => {
    const { times, warnings } = upload(body, { parameters })
    expect([times, warnings]).toEqual([[time], []])
  })

  it('mention the spelling in other columns', () => {
    expect(upload('time,a\n1706792400,007\n').warnings).toEqual([
      expect.stringContaining('column "a", 1 value (row 1): leading zeros'),
    ])
  })

  it('do not propose a format if one is declared', () => {
    const { warnings } = upload('time,a\n01.02.2024,1\n', { parameters: { time_format: '%d.%m.%Y %H:%M' } })
    expect(warnings).toEqual([
      'column "time", 1 value (row 1): not readable as a time, the time of receipt is used for the row',
    ])
  })

  it('state how many rows there are and the first', () => {
    expect(upload('time,a\n1706792400,1\n915148800,2\n-5000,3\n').warnings).toEqual([
      'column "time", 2 values (first in row 2): a time before the year 2000',
    ])
  })

  it.each(['43', '999', '-1', '0', '946684800', String(NOW / 1000 + 86_400)])('do not include one for %s', (cell) => {
    expect(upload(`time,a\n${cell},1\n`).warnings).toEqual([])
  })
})

describe('parameters about times', () => {
  it.each([
    [{ time_format: '%H:%M' }],
    [{ time_format: `%Y%m%d${' '.repeat(100)}` }],
    [{ tz: 'Berlin' }],
    [{ time_column: '!' }],
  ])('are rejected: %j', (parameters) => {
    expect(options.safeParse(parameters).success).toBe(false)
  })
})
