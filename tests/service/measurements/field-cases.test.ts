// @module-tag local-only
// Files of loggers test the parser, and the emulator damages bodies that are not UTF-8.
import { encode } from '@msgpack/msgpack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SERVER_COLUMNS } from '../../../lib/measurements/table.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { type Body, fieldsOf, problemOf } from '../../support/responses.ts'

/** Uploads from public reports and files. The titles start with their source: a repository and the number of an issue. */
let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

interface Upload {
  body: Body
  /** Default: text/csv */
  type?: string
  query?: string
}

async function upload({ body, type = 'text/csv', query = '' }: Upload) {
  const { client_id } = await latchkey.register({ scope: 'upload download' })
  const authorization = `Bearer ${await latchkey.token(client_id)}`
  const headers = { authorization, 'content-type': type }
  const answer = await latchkey.call(`/upload?${query}`, { method: 'POST', headers, body })
  const rows = (await latchkey.rows(client_id)).map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => !SERVER_COLUMNS.some((column) => column === name))),
  )
  return { answer, rows }
}

interface Stored extends Upload {
  rows: Record<string, unknown>[]
  /** Parts of the warnings. Default: none */
  warnings?: string[]
}

interface Rejected extends Upload {
  status?: number
  /** Part of the error, with the cure. */
  error: string
}

function stores(cases: Record<string, Stored>): void {
  it.each(Object.entries(cases))('%s', async (_, { rows, warnings = [], ...sent }) => {
    const result = await upload(sent)
    const response = await fieldsOf(result.answer)
    expect(response).toEqual({
      'saved-in-db': rows.length,
      ...(warnings.length > 0 && { warnings: warnings.map((warning) => expect.stringContaining(warning)) }),
    })
    expect(result.rows).toEqual(rows)
  })
}

function rejects(cases: Record<string, Rejected>): void {
  it.each(Object.entries(cases))('%s', async (_, { status = 400, error, ...sent }) => {
    const { answer, rows } = await upload(sent)
    expect(await problemOf(answer)).toMatchObject({ status, detail: expect.stringContaining(error) })
    expect(rows).toEqual([])
  })
}

const JSON_TYPE = 'application/json'
const NO_TIMES = 'no column is known to hold times'

describe('a separator and decimal commas are read', () => {
  stores({
    'mendhak/gpslogger#921: coordinates with decimal commas after semicolons': {
      body: 'time;lat;lon\n2012-11-15T23:17:27Z;48,489790;5,206741\n',
      rows: [{ time: '2012-11-15T23:17:27Z', lat: 48.48979, lon: 5.206741 }],
    },
    'GeoDaCenter/geoda#123: decimal commas in quotes after a blank': {
      body: 'POLYID, X, Y\n1, "0,7777", "1,2"\n2, "1001,3", "0,4"\n',
      rows: [
        { polyid: 1, x: 0.7777, y: 1.2 },
        { polyid: 2, x: 1001.3, y: 0.4 },
      ],
      warnings: [NO_TIMES],
    },
    'Excel: a no-break space before the number': {
      body: 'time;a\n1706792400;\u00a021,5\n',
      rows: [{ time: 1706792400, a: 21.5 }],
    },
    'hargata/lubelog#846: a price with a currency is text': {
      body: 'date;cost\n2024-02-01;"23,07 €"\n',
      rows: [{ date: '2024-02-01', cost: '23,07 €' }],
    },
  })
  rejects({
    'mendhak/gpslogger#144: decimal commas between commas': {
      body: 'time, lat, lon\n2012-11-15T23:17:27Z,48,489790,5,206741\n',
      error: 'it has 5 cells, but the CSV has 3 columns (decimal commas?',
    },
  })
})

describe('a first line without names', () => {
  rejects({
    'openbikesensor/OpenBikeSensorFirmware#48: dates, semicolons': {
      body: '18.05.2020;20:41:12;48.798893;9.23\n18.05.2020;20:41:13;48.798893;9.23\n',
      error: 'line 1 has numbers or times instead of column names. Send header=absent&columns= and 4 names',
    },
    'SoftwareDefinedBuildings/smap#14: ids and paths before UNIX seconds': {
      body: '5dfb6d2a,/weather/temperature,1378029600,34\n5dfb6d2a,/weather/temperature,1378031400,34\n',
      error: 'line 1 has numbers or times instead of column names. Send header=absent&columns= and 4 names',
    },
    'ngscopeclient/scopehal#424: blanks between the columns': { body: '0.1 2\n0.2 3\n', error: 'separated by blanks' },
  })
  stores({
    'pandas-dev/pandas#10910: day first, with the names declared': {
      body: '01.01.2010 00:00;1;1\n01.01.2010 01:00;5;3\n',
      query: 'header=absent&columns=time,a,b&time_format=%25d.%25m.%25Y%20%25H:%25M',
      rows: [
        { time: '2010-01-01T00:00:00.000Z', a: 1, b: 1 },
        { time: '2010-01-01T01:00:00.000Z', a: 5, b: 3 },
      ],
    },
  })
})

describe('lines above the rows', () => {
  stores({
    'usbr/Pisces#55: TOACI1 of LoggerNet, whose time column is TMSTAMP': {
      body: '"TOACI1","CR1000","Hourly"\r\n"TMSTAMP","RECNBR","AirTC_Avg"\r\n"2016-04-25 10:00:00",12,8.5\r\n',
      rows: [{ tmstamp: '2016-04-25 10:00:00', recnbr: 12, airtc_avg: 8.5 }],
    },
    'nationalparkservice/hobo-py#3: an old HOBO Pro, humidity above 100 %': {
      body: '"Plot Title: Secret Cave"\n"#","Date Time, GMT-07:00","H08 Temp., °F (LGR S/N: 274341)","GCap. RH, % (LGR S/N: 274341)"\n4,05/25/00 10:52:42 AM,37.20,102.90\n10,05/25/00 12:28:42 PM,37.20,102.60\n',
      rows: [
        { time: '2000-05-25T10:52:42-07:00', 'h08 temp.': 37.2, 'gcap. rh': 102.9 },
        { time: '2000-05-25T12:28:42-07:00', 'h08 temp.': 37.2, 'gcap. rh': 102.6 },
      ],
      warnings: ['contains row numbers', 'read as month/day/year with the offset -07:00'],
    },
    'open-simulation-platform/libcosim#725: lines of # below the names': {
      body: 'Time,StepCount,realOut\n#,#,0\n#,#,real\n0,0,1.234\n0.1,1,1.234\n',
      rows: [
        { time: 0, stepcount: 0, realout: 1.234 },
        { time: 0.1, stepcount: 1, realout: 1.234 },
      ],
      warnings: ['skipped 2 lines among the rows that start with #'],
    },
    'ClassicMiniDIY/UltraLog#78: metadata of OBDLink in a comment': {
      body: '# StartTime = 08/09/2026 06:40:34 AM\nTime, Engine RPM\n0.1, 850.5\n',
      rows: [{ time: 0.1, 'engine rpm': 850.5 }],
      warnings: ['column " Engine RPM" is stored as "engine rpm"'],
    },
    'InfluxDB: annotated CSV': {
      body: '#group,false,false,true,false\n#datatype,string,long,dateTime:RFC3339,double\n#default,mean,,,\n,result,table,_time,_value\n,,0,2021-01-01T01:00:00Z,21.5\n',
      rows: [{ _time: '2021-01-01T01:00:00Z', result: null, table: 0, _value: 21.5 }],
      warnings: ['column 1 has neither a name nor values'],
    },
    'weewx: names in a comment, separated by commas': {
      body: '#dateTime,usUnits,outTemp\n1706792400,1,21.5\n',
      rows: [{ datetime: 1706792400, usunits: 1, outtemp: 21.5 }],
    },
    'influxdata/telegraf#10079: two lines of metadata, with skip': {
      body: 'version=1.0\nfile created: 2021-10-08T12:34:18+10:00\ntimestamp,name\n2020-11-23T08:19:27+10:00,R002\n',
      query: 'skip=2',
      rows: [{ timestamp: '2020-11-23T08:19:27+10:00', name: 'R002' }],
    },
  })
  rejects({
    'influxdata/telegraf#10079: two lines of metadata': {
      body: 'version=1.0\nfile created: 2021-10-08T12:34:18+10:00\ntimestamp,name\n2020-11-23T08:19:27+10:00,R002\n',
      error: 'Send skip= with the number of lines before it',
    },
    'weewx: names in a comment, separated by blanks': {
      body: '# time temp\n1706792400 21.5\n',
      error: 'the columns seem to be separated by blanks',
    },
    'Netatmo: the table of the station above that of its readings': {
      body: 'Indoor;Longitude;Latitude;Module\n;9.1;48.5;Room\n\nTimestamp;Timezone;Temperature;Humidity\n1706792400;2024/02/01 14:00:00;21,5;40\n',
      error: 'at line 4 (from byte 49 on): it seems to have other column names',
    },
    'InfluxDB: annotated CSV with two tables': {
      body: '#group,false,false,false,false\n,result,table,_time,_value\n,,0,2021-01-01T01:00:00Z,21.5\n\n#group,false,false,false,false\n,result,table,_time,state\n,,1,2021-01-01T01:00:00Z,on\n',
      error: 'send each table as an upload',
    },
    'flysight/flysight-2-firmware#61: several tables in one file': {
      body: '1,,,\nDEVICE_ID,0041,,\nBARO,time,pressure,temperature\nBARO,s,Pa,deg C\n$BARO,1.5,100000,21.5\n',
      error: 'line 1 has numbers or times instead of column names',
    },
    'open-telemetry/opentelemetry-collector-contrib#10275: an extended log with blanks': {
      body: '#Version: 1.0\n#Fields: date time s-ip\n2022-07-21 00:00:02 1.1.1.1\n',
      error: 'at line 3: the columns seem to be separated by blanks',
    },
  })
})

describe('CSV that curl changed', () => {
  const joined = 'time,temp1706792400,21.51706792401,22.5'
  rejects({
    'okfn/webstore#8: sent as a form, without its line endings': {
      body: joined,
      type: 'application/x-www-form-urlencoded',
      error: 'looks like CSV, but its Content-Type is a form. Send Content-Type: text/csv with --data-binary',
    },
    'curl/curl#3859: sent as CSV, without its line endings': { body: joined, error: 'curl --data-binary' },
    'curl/curl#3859: with dates': {
      body: 'time,temp2024-02-01T13:00:00,21.52024-02-01T13:01:00,22.5',
      error: 'has no line endings',
    },
    'curl/curl#3859: NDJSON without its line endings': {
      body: '{"time":1706792400,"a":1}{"time":1706792401,"a":2}',
      type: 'application/x-ndjson',
      error: 'column 26 (byte 25): not JSON (something follows the value: send several rows as a list, or one per line',
    },
    'NDJSON with the type of JSON': {
      body: '{"time":1706792400,"a":1}\n{"time":1706792401,"a":2}\n',
      type: JSON_TYPE,
      error: 'one per line with application/x-ndjson',
    },
  })
  stores({
    'a header without rows is no fault': {
      body: 'time,pm2.5,20412345\n',
      rows: [],
      warnings: ['has column names but no rows'],
    },
  })
})

describe('ids that look like numbers', () => {
  const SPELLING = 'leading zeros, a plus sign or an exponent are not stored'
  stores({
    'archimatetool/archi#141: hexadecimal ids, one with an exponent': {
      body: 'time,id\n1706792400,73928e05\n1706792401,74095673\n',
      rows: [
        { time: 1706792400, id: 7392800000 },
        { time: 1706792401, id: 74095673 },
      ],
      warnings: [`1 value (row 1): ${SPELLING}`],
    },
    'OpenRefine/OpenRefine#308: the same in a box is text': {
      body: 'time,box,a\n1706792400,0033,1\n1706792401,9e42,2\n',
      rows: [
        { time: 1706792400, box: '0033', a: 1 },
        { time: 1706792401, box: '9e42', a: 2 },
      ],
    },
    'OpenRefine/OpenRefine#308: in another column, with a warning': {
      body: 'time=1706792400&time=1706792401&id=0033&id=9e42',
      type: 'application/x-www-form-urlencoded',
      rows: [
        { time: 1706792400, id: 33 },
        { time: 1706792401, id: 9e42 },
      ],
      warnings: [`2 values (first in row 1): ${SPELLING}`],
    },
    'microsoftgraph/powershell-intune-samples#140: a SIM card number of 20 digits': {
      body: 'time,iccid\n1706792400,89652900000012345678\n',
      rows: [{ time: 1706792400, iccid: '89652900000012345678' }],
      warnings: ['more digits than a JSON number holds, stored as text'],
    },
  })
})

describe('the time column', () => {
  stores({
    'oliexdev/openScale#1475: date and time of a spreadsheet': {
      body: 'DATE,TIME,WEIGHT\n2025-04-07,8:30:00 AM,72.5\n2025-04-07,08:30:05 PM,72.6\n',
      rows: [
        { time: '2025-04-07T08:30:00.000Z', date: '2025-04-07', weight: 72.5 },
        { time: '2025-04-07T20:30:05.000Z', date: '2025-04-07', weight: 72.6 },
      ],
    },
    'ruuvi/com.ruuvi.station.ios#31: Date with ISO 8601': {
      body: 'Date,Humidity\n2019-11-17T17:31:56.303Z,21.5\n',
      rows: [{ date: '2019-11-17T17:31:56.303Z', humidity: 21.5 }],
    },
    'Bugazelle/export-csv-to-influx#17: UNIX seconds next to a date': {
      body: 'timestamp,lat,date\n1517587275,44.22474,2018-02-02\n',
      rows: [{ timestamp: 1517587275, lat: 44.22474, date: '2018-02-02' }],
    },
    'derdilla/blood-pressure-monitor-fl#322: a month as a word needs its format': {
      body: 'Date,Time,Systolic\n6 May 2024,07:15,120\n',
      rows: [{ time: '07:15', date: '6 May 2024', systolic: 120 }],
      warnings: ['not readable as a time, the time of receipt is used for the row'],
    },
    'stackblitz/bolt.new#7537: Date/Time (UTC)': {
      body: 'Date/Time (UTC),speed\n2024-02-01 13:00:00,5\n',
      rows: [{ 'datetime utc': '2024-02-01 13:00:00', speed: 5 }],
      warnings: ['is stored as "datetime utc"'],
    },
    'Govee: an unknown name is reported': {
      body: 'Timestamp for sample frequency every 1 min min,Temperature\n2024-02-01 13:00:00,5\n',
      rows: [{ 'timestamp for sample frequency every 1 min min': '2024-02-01 13:00:00', temperature: 5 }],
      warnings: [`${NO_TIMES} ("timestamp for sample frequency every 1 min min", "temperature")`],
    },
    'Aranet: the name with the order of the date can be declared': {
      body: 'Time(dd/mm/yyyy),CO2\n08/01/2024 13:02:54,612\n',
      query: 'time_column=Time(dd/mm/yyyy)&time_format=%25d/%25m/%25Y%20%25H:%25M:%25S',
      rows: [{ timeddmmyyyy: '2024-01-08T13:02:54.000Z', co2: 612 }],
      warnings: ['is stored as "timeddmmyyyy"'],
    },
    'Excel in German: date and time can be named and joined': {
      body: 'Datum;Uhrzeit;Temperatur\n01.07.2024;13:00;21,5\n',
      query: 'skip=1&header=absent&columns=date,time,temp&time_format=%25d.%25m.%25Y%20%25H:%25M&tz=Europe/Berlin',
      rows: [{ time: '2024-07-01T11:00:00.000Z', date: '01.07.2024', temp: 21.5 }],
    },
  })
})

describe('times that cannot be right', () => {
  stores({
    'micropython/micropython-infineon#5: seconds since 2000': {
      body: 'time,a\n605078638,1\n',
      rows: [{ time: 605078638, a: 1 }],
      warnings: ['a time before the year 2000'],
    },
    'SlashDevin/NeoGPS#31: seconds since the start of a device': {
      body: 'time,a\n15548742,1\n15548767,2\n',
      rows: [
        { time: 15548742, a: 1 },
        { time: 15548767, a: 2 },
      ],
      warnings: ['2 values (first in row 1): a time before the year 2000'],
    },
    'yaqwsx/SensorStreamer#2: nanoseconds since the start of a phone': {
      body: '{"timestamp":45147364669817,"x":9.5}',
      type: JSON_TYPE,
      rows: [{ timestamp: 45147364669817, x: 9.5 }],
      warnings: ['a time more than a day after the time of receipt'],
    },
  })
})

describe('parameters that have no meaning', () => {
  it.each(['epoch=ms', 'db=mydb&u=user', 'api_key=XYZ&field1=2', 'encoding=latin1', 'charset=utf-8'])(
    'are rejected: %s',
    async (query) => {
      const { answer, rows } = await upload({ body: 'time,a\n1706792400,1\n', query })
      const names = [...new URLSearchParams(query).keys()]
      const errors = names.map((field) => ({ field, detail: 'is unknown' }))
      expect(await problemOf(answer)).toMatchObject({ status: 400, errors })
      expect(rows).toEqual([])
    },
  )
})

describe('several MessagePack values', () => {
  const type = 'application/msgpack'
  stores({
    'mcollina/msgpack5#9: three maps are three rows': {
      body: Buffer.concat([1, 2, 3].map((hello) => Buffer.from(encode({ time: 1706792400 + hello, hello })))),
      type,
      rows: [1, 2, 3].map((hello) => ({ time: 1706792400 + hello, hello })),
    },
    'msgpack/msgpack-python#515: padding after a map is reported': {
      body: Buffer.concat([encode({ time: 1706792400, a: 1 }), Buffer.alloc(3)]),
      type,
      rows: [{ time: 1706792400, a: 1 }],
      warnings: ['3 bytes after the MessagePack value were ignored'],
    },
  })
  rejects({
    'mcollina/msgpack5#51: a number and a text': {
      body: Buffer.concat([encode(1), encode('Hola')]),
      type,
      error: 'must be an object of columns or a list of row objects',
    },
  })
})

describe('missing values', () => {
  const times = (count: number) => Array.from({ length: count }, (_, index) => 1706792400 + index)
  const csv = (values: string[]) =>
    `time,t\n${times(values.length)
      .map((time, index) => `${time},${values[index]}\n`)
      .join('')}`
  const nulls = (count: number) => times(count + 1).map((time, index) => ({ time, t: index === 0 ? 1.5 : null }))
  stores({
    'nicolaisi/kitcube-tools#27: -nan of a Campbell file': {
      body: csv(['1.5', '-nan', 'NAN', '"NAN"']),
      rows: nulls(3),
      warnings: ['3 values (first in row 2): NaN or infinite, stored as null'],
    },
    'misoproject/dataset#97: words of R and Excel': {
      body: csv(['1.5', 'n/a', 'NULL', 'None', '#N/A', 'n.a.', '<NA>']),
      rows: nulls(6),
      warnings: ['6 values (first in row 2): a word for a missing value, stored as null'],
    },
    'pandas-dev/pandas: words of the C library of Windows': {
      body: csv(['1.5', '1.#QNAN', '-1.#IND', '1.#INF00', '-nan(ind)']),
      rows: nulls(4),
      warnings: ['4 values (first in row 2): NaN or infinite, stored as null'],
    },
    'mysqldump: \\N in a file with tabs': {
      body: csv(['1.5', '\\N']).replaceAll(',', '\t'),
      rows: nulls(1),
      warnings: ['1 value (row 2): a word for a missing value, stored as null'],
    },
    'the same in JSON': {
      body: `{"time":[${times(4)}],"t":[1.5,1.#QNAN,-1.#IND,-nan]}`,
      type: JSON_TYPE,
      rows: nulls(3),
      warnings: ['3 values (first in row 2): NaN or infinite, stored as null'],
    },
    'Unidata/thredds#540: numbers joined with NaN stay text, with a warning': {
      body: csv(['10.0', '0.0NaN', '12']),
      rows: [
        { time: 1706792400, t: 10 },
        { time: 1706792401, t: '0.0NaN' },
        { time: 1706792402, t: 12 },
      ],
      warnings: ['1 value (row 2): a text in a column of numbers, stored as text'],
    },
  })
})

describe('notations of times', () => {
  const sent = (time: string) => ({ body: `time,a\n${time},1\n` })
  const readAs = (time: string) => ({ rows: [{ time, a: 1 }] })
  stores({
    'vshulcz/deja-vu#2102: microseconds': { ...sent('1772452800000000'), ...readAs('2026-03-02T12:00:00.000Z') },
    'vshulcz/deja-vu#2102: nanoseconds': { ...sent('1772452800000000000'), ...readAs('2026-03-02T12:00:00.000Z') },
    'jpillora/csv-to-influxdb#21: one-digit months': {
      ...sent('2017-6-30 09:48:00'),
      ...readAs('2017-06-30T09:48:00.000Z'),
    },
    'thorrak/fermentrack#191: slashes and Z': {
      ...sent('2017/07/20 10:05:13Z'),
      ...readAs('2017-07-20T10:05:13.000Z'),
    },
    'OxWearables/biobankAccelerometerAnalysis#81: an offset and a zone': {
      ...sent('2015-06-22 00:56:03.721+0100 [Europe/London]'),
      ...readAs('2015-06-21T23:56:03.721Z'),
    },
    'java.time.ZonedDateTime: an offset and a zone': {
      ...sent('2007-12-03T10:15:30+01:00[Europe/Paris]'),
      ...readAs('2007-12-03T09:15:30.000Z'),
    },
    'time.Time.String of Go: an offset and an abbreviation': {
      ...sent('2024-02-01 14:00:00.123456789 +0100 CET'),
      ...readAs('2024-02-01T13:00:00.123456789Z'),
    },
    'pola-rs/polars#6886: an offset of hours': {
      ...sent('2023-01-15T08:00:00+05'),
      ...readAs('2023-01-15T08:00:00+05'),
    },
    'PlotJuggler/PlotJuggler#1110: a time that the clock skips': {
      ...sent('2025-03-30 02:30:00'),
      query: 'tz=Europe/Berlin',
      ...readAs('2025-03-30T01:30:00.000Z'),
    },
    'pandas-dev/pandas#52167: month first, with its format and zone': {
      ...sent('11/01/2019 12:00:00 AM'),
      query: 'time_format=%25m/%25d/%25Y%20%25I:%25M:%25S%20%25p&tz=America/Los_Angeles',
      ...readAs('2019-11-01T07:00:00.000Z'),
    },
    'pandas-dev/pandas#52167: month first, without its format': {
      ...sent('11/01/2019 12:00:00 AM'),
      ...readAs('11/01/2019 12:00:00 AM'),
      warnings: ['the order of day and month is not declared'],
    },
    'influxdata/telegraf#2986: microseconds in JSON': {
      body: '{"record-type":"traffic-stats","time":1499268651471993,"rxpkt":82227}',
      type: JSON_TYPE,
      rows: [{ time: '2017-07-05T15:30:51.471993Z', 'record-type': 'traffic-stats', rxpkt: 82227 }],
    },
  })
})

describe('messages of devices', () => {
  const uplink = (message: object) => ({
    body: JSON.stringify({
      end_device_ids: { device_id: 'dev1', dev_eui: '0004A30B001C0530' },
      received_at: '2022-04-08T16:14:39.574932888Z',
      uplink_message: { f_cnt: 964, received_at: '2022-04-08T16:14:39.37Z', ...message },
    }),
    type: JSON_TYPE,
  })
  const row = { time: '2022-04-08T16:14:39.37Z', box: 'dev1', f_cnt: 964 }
  stores({
    'trekawek/air-quality-info#75: airRohr with the sensors of NAMF': {
      body: JSON.stringify({
        esp8266id: '0011223344',
        software_version: 'NAMF-2020-39a7',
        sensordatavalues: [
          { value_type: 'BME280_pressure', value: '102182.70' },
          { value_type: 'HECA_humidity', value: '31.63' },
        ],
      }),
      type: JSON_TYPE,
      rows: [
        { box: '0011223344', bme280_pressure: 102182.7, heca_humidity: 31.63, software_version: 'NAMF-2020-39a7' },
      ],
    },
    'TheThingsNetwork/lorawan-stack#4115: an uplink that was not decoded': {
      ...uplink({ f_port: 1, frm_payload: 'AQDHAiYDCSDNBw4kCwAAAAgNAA8AEgA=' }),
      rows: [{ ...row, f_port: 1, frm_payload: 'AQDHAiYDCSDNBw4kCwAAAAgNAA8AEgA=' }],
      warnings: ['payload formatter'],
    },
    'TheThingsNetwork/lorawan-devices#421: a decoded payload without a payload': {
      ...uplink({ f_port: 103, decoded_payload: { battery: 2.5, temperature: -32 } }),
      rows: [{ ...row, f_port: 103, battery: 2.5, temperature: -32 }],
    },
    'DeuxVis/Lora-TTNMapper-T-Beam#9: a decoder that returned NaN': {
      ...uplink({ f_port: 2, decoded_payload: { latitude: null, hdop: 0.9 } }),
      rows: [{ ...row, f_port: 2, latitude: null, hdop: 0.9 }],
    },
    'influxdata/telegraf#7426: a metric whose fields are all NaN': {
      body: '{"fields":{},"name":"cpu","tags":{"host":"pi"},"timestamp":1458229140}',
      type: JSON_TYPE,
      rows: [{ time: 1458229140, box: 'pi', host: 'pi', measurement: 'cpu' }],
    },
    'influxdata/telegraf#12665: nan of a wall connector': {
      body: '{"time":1676073600,"alert_count":18,"avg_startup_temp":nan,"energy_wh":3134125}',
      type: JSON_TYPE,
      rows: [{ time: 1676073600, alert_count: 18, avg_startup_temp: null, energy_wh: 3134125 }],
      warnings: ['NaN or infinite, stored as null'],
    },
  })
  rejects({
    'esphome/issues#1598: lists of devices with lists of sensors': {
      body: '{"devices":[{"Mac":"m","sensors":[{"ID":"1","value":1}]}]}',
      type: JSON_TYPE,
      error: 'devices',
    },
    'influxdata/docs.influxdata.com-ARCHIVE#971: nested objects': {
      body: '[{"a":5,"b":{"c":6},"ignored":"text"}]',
      type: JSON_TYPE,
      error: 'Row 1: the value of "b" is a list or an object',
    },
  })
})

describe('types and charsets', () => {
  rejects({
    'a workbook of Excel': {
      body: Buffer.from('504b0304140006000800000021009ac3ff', 'hex'),
      error: 'It seems to be an Excel file: save it as CSV',
    },
    'gzip without Content-Encoding': {
      body: Buffer.from('1f8b080000000000000aed', 'hex'),
      error: 'It is compressed: send Content-Encoding: gzip',
    },
    'the page of a portal': { body: '<!doctype html>\n<html>Log in</html>\n', error: 'looks like HTML or XML' },
    'CSV with the type of JSON': {
      body: 'time,a\n1706792400,1\n',
      type: JSON_TYPE,
      error: 'it looks like CSV: send Content-Type: text/csv',
    },
    'application/vnd.ms-excel, which browsers on Windows send for CSV': {
      body: 'time,a\n1706792400,1\n',
      type: 'application/vnd.ms-excel',
      status: 415,
      error: '"application/vnd.ms-excel" is not supported. Send one of',
    },
    'text/json': { body: '{}', type: 'text/json', status: 415, error: '"text/json" is not supported. Send one of' },
    'a degree sign in Latin-1, as in files of HOBO': {
      body: Buffer.from('time,temp °C\n1706792400,1\n', 'latin1'),
      error: 'charset=windows-1252',
    },
  })
  stores({
    'a degree sign in Latin-1 that is declared': {
      body: Buffer.from('time,temp °C\n1706792400,1\n', 'latin1'),
      type: 'text/csv; charset=iso-8859-1',
      rows: [{ time: 1706792400, 'temp c': 1 }],
      warnings: ['is stored as "temp c"'],
    },
    'NUL bytes in the middle of a row, as an SD card leaves them': {
      body: 'time,a\n1706792400,1\n17067\0\0\0\0\n1706792401,2\n',
      rows: [
        { time: 17067, a: null },
        { time: 1706792400, a: 1 },
        { time: 1706792401, a: 2 },
      ],
      warnings: ['removed 4 NUL bytes', 'a time before the year 2000'],
    },
  })
})
