import * as z from 'zod'
import { rangeTooLarge } from '../lib/measurements/store/pages.ts'
import { unknownParameter } from '../lib/openapi/errors.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { CLIENT_FIELD, CURSOR_FIELD, MEASUREMENT_READER_ERRORS, pageSize, timeField } from '../lib/openapi/reading.ts'
import { CLIENT_ID } from '../lib/openapi/samples.ts'
import { handler } from './download.ts'
import { row } from './upload.docs.ts'

const download: Operation = {
  route: 'GET /download',
  handler,
  id: 'download',
  tag: 'Measurements',
  summary: 'Download measurements',
  description:
    'Gives the rows of a client, by source and time unless `order_by` says otherwise. `Link: <…>; rel="next"` leads to the next page; following it until it is missing gives every row exactly once, also while uploads go on. A page may hold fewer rows than `number`, even none, and still have a next one. The columns `time_upload_utc`, `matched_checksums` and `failed_checksums` are added by the server. A browser that shows the page and has no credentials is given one without rows that asks for a token.',
  security: [{ authToken: ['download'] }, { adminToken: [] }, { saltedChecksum: [] }],
  fields: {
    format: '`html` (a page), `csv`, `json` or `ndjson`.',
    cols: 'Columns, separated by commas. Default: all, times first, then by name. One that does not exist comes empty.',
    number: pageSize('Rows of a page.', 0, 10_000, 1_000),
    order_by: {
      description: 'A column, a comma and `asc` or `desc`: orders the whole result; empty cells come last.',
      schema: { type: 'string', pattern: '^.+, *([Aa][Ss][Cc]|[Dd][Ee][Ss][Cc])$' },
    },
    from: timeField('The earliest time of a row'),
    to: timeField('The latest time of a row'),
    source: 'One source only: the value of the column `box`, else the participant of the token, else `default`.',
    client_id: CLIENT_FIELD,
    formulas:
      '`defuse` puts an apostrophe before texts of CSV that a spreadsheet would run as a formula; `keep` leaves them.',
    cursor: CURSOR_FIELD,
    bounds: {
      description:
        'Inclusive bounds, `min_<column>` and `max_<column>`, each a parameter of its own: numbers compare as numbers, times as times, the rest as text. Rows without a comparable value are left out.',
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
        'text/html': z.string().describe('The rows as a page, with links to the other formats and to the next page.'),
        'text/csv': z.string().describe('Column names, then a line for each row, each ended by CRLF (RFC 4180).'),
        'application/json': z.array(row),
        'application/x-ndjson': z.string().describe('A row object on each line.'),
      },
      optionalHeaders: ['link', 'content-disposition'],
    },
  },
  errors: [
    { sent: { query: { number: 'ten' } } },
    unknownParameter('limit'),
    { problem: rangeTooLarge(), summary: 'Too many rows to order' },
    ...MEASUREMENT_READER_ERRORS,
  ],
  examples: {
    json: {
      summary: 'JSON, some columns',
      sent: { query: { format: 'json', cols: 'time_utc,co2' } },
      contentType: 'application/json',
      body: [
        { time_utc: 23, co2: 2351 },
        { time_utc: 43, co2: 1223 },
      ],
    },
    csv: {
      summary: 'CSV',
      sent: { query: { format: 'csv', cols: 'time_utc,co2' } },
      contentType: 'text/csv',
      body: 'time_utc,co2\r\n23,2351\r\n43,1223\r\n',
    },
    ndjson: {
      summary: 'A row object on each line',
      sent: { query: { format: 'ndjson', cols: 'time_utc,co2' } },
      contentType: 'application/x-ndjson',
      body: '{"time_utc":23,"co2":2351}\n{"time_utc":43,"co2":1223}\n',
    },
    html: {
      summary: 'A page, abridged here',
      sent: { query: { cols: 'co2' } },
      contentType: 'text/html',
      body: '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n…',
    },
    bounds: {
      summary: 'Rows with at least so much, the largest first',
      sent: { query: { format: 'json', cols: 'co2', order_by: 'co2,desc', bounds: { min_co2: '1223' } } },
      contentType: 'application/json',
      body: [{ co2: 2351 }, { co2: 1223 }],
    },
    all: {
      summary: 'All columns of a range of times, a page of one row',
      sent: { query: { format: 'json', from: '1970-01-01T00:00:20Z', to: '50', source: 'default', number: 1 } },
      contentType: 'application/json',
      body: [
        {
          time_utc: 23,
          co2: 2351,
          time_upload_utc: '2026-05-03T12:00:00.123Z',
          matched_checksums: null,
          failed_checksums: null,
        },
      ],
    },
    admin: {
      summary: 'The admin, rows of any client',
      sent: { security: ['adminToken'], query: { format: 'csv', cols: 'co2', client_id: CLIENT_ID, formulas: 'keep' } },
      contentType: 'text/csv',
      body: 'co2\r\n2351\r\n1223\r\n',
    },
    asking: {
      summary: 'A browser without credentials: a page that asks for a token, abridged here',
      sent: { security: [], headers: { Accept: 'text/html' } },
      contentType: 'text/html',
      body: '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n…',
    },
    salted: {
      summary: 'A holder of a salt',
      sent: { security: ['saltedChecksum'], query: { format: 'json', cols: 'co2', client_id: CLIENT_ID } },
      contentType: 'application/json',
      body: [{ co2: 2351 }, { co2: 1223 }],
    },
  },
}

const head: Operation = {
  ...download,
  route: 'HEAD /download',
  id: 'headDownload',
  summary: 'Headers of a download',
  description: 'As `GET /download`, without the rows.',
  responses: {
    200: { description: 'The headers of a page of rows.', optionalHeaders: ['link', 'content-disposition'] },
  },
  examples: {
    csv: { summary: 'CSV', sent: { query: { format: 'csv', cols: 'time_utc,co2', number: 1 } } },
  },
}

export const operations: readonly Operation[] = [download, head]
