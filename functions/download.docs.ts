import * as z from 'zod'
import { csvQuery, jsonQuery } from '../lib/measurements/query.ts'
import { rangeTooLarge } from '../lib/measurements/store/rows.ts'
import { OTHER_CLIENT, unknownParameter } from '../lib/openapi/errors.ts'
import type { Fields } from '../lib/openapi/fields.ts'
import { example, failure, type Operation, type Operations } from '../lib/openapi/operation.ts'
import {
  CLIENT_FIELD,
  CURSOR_FIELD,
  EXPIRED_CHECKSUM,
  EXPIRES_FIELD,
  PARTICIPANT_FIELD,
  pageSize,
  timeField,
} from '../lib/openapi/reading.ts'
import { CLIENT_ID } from '../lib/openapi/samples.ts'
import { CSV_FILE, row } from './upload.docs.ts'

const HEADERS = ['link', 'x-latchkey-more', 'content-disposition', 'vary', 'content-encoding'] as const

/** Parameters that select rows, and how times and CSV are written. */
export const ROW_FIELDS = {
  times:
    'How times are returned. `iso` and `unix` add the time of each row as the first column, `time`, in ISO 8601 or UNIX seconds: the measured time, or the time of receipt if it has none. `sent` returns the values as they were sent. Default: `iso` for `html`, otherwise `sent`.',
  cols: 'Columns, separated by commas. Default: all columns, times first, then by name. Unknown columns are empty.',
  from: timeField('The earliest time of a row'),
  to: timeField('The latest time of a row'),
  every: {
    description:
      'Returns one row for each window of this length, of each series: `500ms`, `5m`, `1h`, `1d`, `1w`, `1y`, or an ISO 8601 duration such as `P1M`. Windows without rows are left out.',
    schema: {
      type: 'string',
      pattern: '^(\\d{1,9}(ms|s|m|min|h|d|w|y)|P(\\d{1,9}[DWMY]|T(\\d{1,9}H)?(\\d{1,9}M)?(\\d{1,9}S)?))$',
    },
  },
  // Not a default of the schema: clients and the page /docs send defaults, also without `every`.
  agg: 'Aggregates of each column, with `every`: `mean` (default), `min`, `max`, `count`, `first`, `last`, `median`, `sum`, separated by commas. The mean of the column `temp` is the column `temp_mean`.',
  tz: 'IANA time zone that `every` aligns its windows to, such as `Europe/Berlin`. Default: they are aligned to the epoch, in UTC.',
  fill: 'With `every`: `null` returns empty windows between the first and the last one of a series, with the count 0; `none` (default) does not.',
  points: {
    description:
      'Returns about this number of rows of each series, at their times: those with the lowest and the highest value of each column in equal windows, so that spikes remain.',
    schema: { type: 'integer', minimum: 2, maximum: 10_000 },
  },
  source:
    'Returns one source only: the value of the column `box`, else the participant of the token, else `default`. A box of a participant also needs `participant_id`.',
  formulas: '`defuse` puts an apostrophe before CSV text that a spreadsheet would run as a formula; `keep` does not.',
  excel: '`true` starts CSV with a byte order mark, without which Excel misreads non-ASCII text.',
  delimiter: 'Separator of CSV: `comma` (default) or `semicolon`.',
  decimal: 'Decimal separator of numbers in CSV: `point` (default) or, with `delimiter=semicolon`, `comma`.',
} satisfies Fields

const download: Operation = {
  id: 'download',
  tag: 'Measurements',
  summary: 'Download measurements',
  description:
    'Returns the rows of a client, ordered by source and time unless `order_by` is set; those of participants come last. An auth token with a participant reads only the rows of that participant, a share token only its series and columns. `Link: <…>; rel="next"` leads to the next page. Follow it until it is missing to get each row exactly once, also during uploads. A page can have fewer rows than `number`, even none, and still have a next page. The server adds the columns `time_upload_utc`, `matched_checksums` and `failed_checksums`. A browser without credentials gets a page without rows that asks for a token.',
  security: [{ authToken: ['download'] }, { adminToken: [] }, { saltedChecksum: [] }, { shareToken: [] }],
  fields: {
    format: '`html` (a page), `csv`, `json` or `ndjson`. Default: what the `Accept` header prefers, else `html`.',
    ...ROW_FIELDS,
    number: pageSize('Rows per page.', 0, 10_000, 1_000),
    order_by: {
      description: 'A column, a comma and `asc` or `desc`. Orders the whole result; empty cells come last.',
      schema: { type: 'string', pattern: '^.+, *([Aa][Ss][Cc]|[Dd][Ee][Ss][Cc])$' },
    },
    client_id: CLIENT_FIELD,
    participant_id: PARTICIPANT_FIELD,
    cursor: CURSOR_FIELD,
    expires: EXPIRES_FIELD,
    bounds: {
      description:
        'Inclusive bounds `min_<column>` and `max_<column>`, one parameter each. Numbers compare as numbers, booleans as 0 and 1, times as times, other values as text. Rows without a comparable value are omitted.',
      required: false,
      schema: {
        type: 'object',
        propertyNames: { pattern: '^(min|max)_.+$' },
        additionalProperties: { type: 'string' },
      },
    },
  },
  responses: {
    200: {
      description: 'A page of rows.',
      content: {
        'application/json': z.array(row),
        'application/x-ndjson': z.string().describe('One row object per line.'),
        'text/csv': z.string().describe('Column names, then one line per row, with CRLF line endings (RFC 4180).'),
        'text/html': z.string().describe('The rows as a web page, with links to the other formats and the next page.'),
      },
      optionalHeaders: HEADERS,
    },
  },
  errors: [
    { sent: { query: { number: 'ten' } } },
    unknownParameter('limit'),
    failure(rangeTooLarge(), {}, 'Too many rows to order'),
    { summary: 'A window without a length', sent: { query: { every: '0d' } } },
    OTHER_CLIENT,
    EXPIRED_CHECKSUM,
  ],
  examples: {
    json: example('JSON, some columns', { query: { format: 'json', cols: 'time_utc,co2' } }, [
      { time_utc: 23, co2: 2351 },
      { time_utc: 43, co2: 1223 },
    ]),
    csv: example('CSV', { query: { format: 'csv', cols: 'time_utc,co2' } }, 'time_utc,co2\r\n23,2351\r\n43,1223\r\n', {
      contentType: 'text/csv',
    }),
    ndjson: example(
      'One row object per line',
      { query: { format: 'ndjson', cols: 'time_utc,co2' } },
      '{"time_utc":23,"co2":2351}\n{"time_utc":43,"co2":1223}\n',
      { contentType: 'application/x-ndjson' },
    ),
    times: example(
      'The time of each row as ISO 8601',
      { query: { format: 'csv', cols: 'co2', times: 'iso' } },
      'time,co2\r\n1970-01-01T00:00:23.000Z,2351\r\n1970-01-01T00:00:43.000Z,1223\r\n',
      { contentType: 'text/csv' },
    ),
    excel: example(
      'CSV for Excel in German (a byte order mark precedes it)',
      { query: { format: 'csv', cols: 'co2', excel: 'true', delimiter: 'semicolon', decimal: 'comma' } },
      'co2\r\n2351\r\n1223\r\n',
      { contentType: 'text/csv' },
    ),
    html: example(
      'A web page (abridged)',
      { query: { cols: 'co2' } },
      '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n…',
      { contentType: 'text/html' },
    ),
    bounds: example(
      'Rows above a bound, in descending order',
      { query: { format: 'json', cols: 'co2', order_by: 'co2,desc', bounds: { min_co2: '1223' } } },
      [{ co2: 2351 }, { co2: 1223 }],
    ),
    windows: example(
      'Mean and number of values for each minute',
      { query: { format: 'json', cols: 'co2', every: '1m', agg: 'mean,count' } },
      [{ time: '1970-01-01T00:00:00.000Z', co2_mean: 1787, co2_count: 2 }],
    ),
    days: example(
      'Days of a time zone, with empty ones',
      { query: { format: 'csv', cols: 'co2', every: 'P1D', agg: 'max', tz: 'Europe/Berlin', fill: 'null' } },
      'time,co2_max\r\n1969-12-31T23:00:00.000Z,2351\r\n',
      { contentType: 'text/csv' },
    ),
    points: example(
      'The lowest and the highest values of equal windows',
      { query: { format: 'csv', cols: 'time_utc,co2', points: 1_000 } },
      'time_utc,co2\r\n23,2351\r\n43,1223\r\n',
      { contentType: 'text/csv' },
    ),
    all: example(
      'All columns of a time range, one row per page',
      { query: { format: 'json', from: '1970-01-01T00:00:20Z', to: '50', source: 'default', number: 1 } },
      [
        {
          time_utc: 23,
          co2: 2351,
          time_upload_utc: '2026-05-03T12:00:00.123Z',
          matched_checksums: null,
          failed_checksums: null,
        },
      ],
    ),
    admin: example(
      'The admin reads the rows of any client',
      { security: ['adminToken'], query: { format: 'csv', cols: 'co2', client_id: CLIENT_ID, formulas: 'keep' } },
      'co2\r\n2351\r\n1223\r\n',
      { contentType: 'text/csv' },
    ),
    asking: example(
      'A browser without credentials gets a page that asks for a token (abridged)',
      { security: [], headers: { Accept: 'text/html' } },
      '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n…',
      { contentType: 'text/html' },
    ),
    shared: example(
      'The reader of a shared link',
      { security: ['shareToken'], query: { format: 'csv', cols: 'time_utc,co2', source: 'default' } },
      'time_utc,co2\r\n23,2351\r\n43,1223\r\n',
      { contentType: 'text/csv' },
    ),
    salted: example(
      'A device with a salt',
      {
        security: ['saltedChecksum'],
        query: { format: 'json', cols: 'co2', client_id: CLIENT_ID, expires: '4102444800' },
      },
      [{ co2: 2351 }, { co2: 1223 }],
    ),
  },
}

const head: Operation = {
  ...download,
  id: 'headDownload',
  summary: 'Get the headers of a download',
  description: 'As `GET /download`, without the rows.',
  responses: {
    200: { description: 'The headers of a page of rows.', optionalHeaders: HEADERS },
  },
  examples: {
    csv: example('CSV', { query: { format: 'csv', cols: 'time_utc,co2', number: 1 } }),
  },
}

const rows: Operation = {
  ...download,
  id: 'downloadRows',
  summary: 'Download measurements as JSON',
  description: 'As `GET /download` with `format=json`, whatever the `Accept` header is.',
  schemas: { query: jsonQuery },
  responses: {
    200: { description: 'A page of rows.', content: { 'application/json': z.array(row) }, optionalHeaders: HEADERS },
  },
  examples: {
    json: example('Some columns', { query: { cols: 'time_utc,co2' } }, [
      { time_utc: 23, co2: 2351 },
      { time_utc: 43, co2: 1223 },
    ]),
  },
}

const csv: Operation = {
  ...download,
  id: 'downloadCsv',
  summary: 'Download measurements as CSV',
  description: 'As `GET /download` with `format=csv`, whatever the `Accept` header is.',
  schemas: { query: csvQuery },
  responses: {
    200: {
      description: 'A page of rows.',
      content: { 'text/csv': CSV_FILE },
      optionalHeaders: HEADERS,
    },
  },
  examples: {
    csv: example('Some columns', { query: { cols: 'time_utc,co2' } }, 'time_utc,co2\r\n23,2351\r\n43,1223\r\n'),
  },
}

export const operations: Operations = {
  'GET /download': download,
  'HEAD /download': head,
  'GET /download/csv': csv,
  'GET /download/json': rows,
}
