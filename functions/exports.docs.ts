import { otherClient } from '../lib/core/caller.ts'
import { MAX_OF_CLIENT, tooManyExports } from '../lib/exports/in-progress.ts'
import { exportNotFound } from '../lib/exports/require-export.ts'
import { exportFile, exportResource } from '../lib/exports/resource.ts'
import { jsonTypeRequired } from '../lib/http/input.ts'
import { parameterProblem } from '../lib/measurements/parameters.ts'
import { describeSchema, type Fields } from '../lib/openapi/fields.ts'
import { IN_PROGRESS, idempotencyErrors, idempotencyHeader } from '../lib/openapi/idempotency.ts'
import { example, failure, type Operation, type Operations, type RequestExample } from '../lib/openapi/operation.ts'
import { CLIENT_FIELD, PARTICIPANT_FIELD } from '../lib/openapi/reading.ts'
import { CLIENT_ID, EXPORT_ID, UNKNOWN_ID } from '../lib/openapi/samples.ts'
import { ROW_FIELDS } from './download.docs.ts'

describeSchema(exportResource, {
  id: 'MeasurementExport',
  fields: {
    id: 'Id of the export. It opens nothing without the credentials of its owner.',
    state:
      '`waiting`, `processing` until all files are written, then `ready`. `failed` exports have a `problem` and no files.',
    rows: 'Rows that are read so far.',
    files: 'The files in the order of the rows, once the export is `ready`; empty before.',
    expires_at: 'When the files and this resource are deleted: a day after the request.',
    problem: 'Why the export failed.',
  },
})
describeSchema(exportFile, {
  id: 'ExportedFile',
  fields: {
    url: 'Link to download the file without credentials, for up to an hour. Each response has new links.',
    size: 'Bytes.',
    rows: 'Rows of the file.',
  },
})

const CREATED = {
  id: EXPORT_ID,
  format: 'csv',
  state: 'waiting',
  rows: 0,
  files: [],
  created_at: '2026-05-03T12:00:00.123Z',
  expires_at: '2026-05-04T12:00:00.123Z',
}

const created = (summary: string, sent: RequestExample & { body: { format: string; [member: string]: unknown } }) =>
  example(summary, sent, { ...CREATED, format: sent.body.format }, { status: 202 })

/** The parameters of GET /download as members of a JSON object. */
const BODY_FIELDS = {
  ...ROW_FIELDS,
  source: { description: ROW_FIELDS.source, schema: { type: 'string', minLength: 1, maxLength: 256 } },
  from: { description: ROW_FIELDS.from, schema: { type: 'string' } },
  to: { description: ROW_FIELDS.to, schema: { type: 'string' } },
  cols: { description: ROW_FIELDS.cols, schema: { type: 'string' } },
  times: {
    description: ROW_FIELDS.times.replace(' Default: `iso` for `html`, otherwise `sent`.', ' Default: `sent`.'),
    schema: { type: 'string', enum: ['sent', 'iso', 'unix'] },
  },
  agg: { description: ROW_FIELDS.agg, schema: { type: 'string' } },
  tz: { description: ROW_FIELDS.tz, schema: { type: 'string' } },
  fill: { description: ROW_FIELDS.fill, schema: { type: 'string', enum: ['none', 'null'] } },
  formulas: { description: ROW_FIELDS.formulas, schema: { type: 'string', enum: ['defuse', 'keep'] } },
  excel: { description: ROW_FIELDS.excel, schema: { type: 'boolean' } },
  delimiter: { description: ROW_FIELDS.delimiter, schema: { type: 'string', enum: ['comma', 'semicolon'] } },
  decimal: { description: ROW_FIELDS.decimal, schema: { type: 'string', enum: ['point', 'comma'] } },
  bounds:
    'Inclusive bounds by their names `min_<column>` and `max_<column>`. Numbers compare as numbers, booleans as 0 and 1, times as times, other values as text. Rows without a comparable value are omitted.',
} satisfies Fields

const create: Operation = {
  id: 'createExport',
  tag: 'Measurements',
  summary: 'Export measurements to files',
  description:
    'Starts to write rows to files, and returns at once. The files contain the rows of all pages of `GET /download` with the same parameters, in the same order and notation. Each has up to 1,000,000 rows or about 64 MB of text, and starts with the column names. `GET /exports/{id}` returns links to the files when they are ready. Columns that the client gets after the request are not exported.\n\nParquet files have the types that the values have: integers, doubles, texts, booleans. If a column has values of several types, those of the less frequent ones are in the next column, `<name>_other`. All files of an export have the same columns. `time_upload_utc`, and `time` with `times=iso`, are timestamps.',
  security: [{ authToken: ['download'] }, { adminToken: [] }],
  headers: idempotencyHeader('a retry with the same key returns the same export. Valid for a day.'),
  fields: {
    ...BODY_FIELDS,
    format: '`csv`, `ndjson` (one JSON object per line) or `parquet` (Apache Parquet, compressed with Snappy).',
    client_id: CLIENT_FIELD,
    participant_id: PARTICIPANT_FIELD,
  },
  responses: {
    202: {
      description: 'The export is created, or was created by an earlier request with the same key.',
      headers: ['location'],
      optionalHeaders: ['retry-after'],
    },
  },
  errors: [
    { sent: { body: { format: 'xlsx' } } },
    failure(otherClient(), { body: { format: 'csv', client_id: UNKNOWN_ID } }, 'Rows of another client'),
    failure(
      parameterProblem('every', 'must be at most 24h with tz, or whole days'),
      { body: { format: 'csv', every: '36h', tz: 'Europe/Berlin' } },
      'Windows that do not fit a time zone',
    ),
    failure(jsonTypeRequired(), { contentType: 'text/plain' }),
    ...idempotencyErrors({ body: { format: 'ndjson' } }),
    IN_PROGRESS,
    failure(tooManyExports(MAX_OF_CLIENT), {}, 'Too many exports are in progress'),
  ],
  examples: {
    parquet: created('All rows as Parquet', { body: { format: 'parquet', times: 'iso' } }),
    csv: created('Some columns of a source and a year, for Excel in German', {
      body: {
        format: 'csv',
        source: 'default',
        from: '2026-01-01',
        to: '2026-12-31',
        cols: 'time_utc,co2',
        excel: true,
        delimiter: 'semicolon',
        decimal: 'comma',
      },
    }),
    windows: created('The mean of each day, where CO2 is above a bound', {
      body: { format: 'ndjson', every: '1d', cols: 'co2', bounds: { min_co2: 1000 } },
    }),
    admin: created('The admin exports the rows of any client', {
      security: ['adminToken'],
      body: { format: 'csv', client_id: CLIENT_ID },
    }),
  },
}

const read: Operation = {
  id: 'getExport',
  tag: 'Measurements',
  summary: 'Get an export with links to its files',
  description:
    'Returns the state of an export. Repeat the request after `Retry-After` seconds until the state is `ready` or `failed`. An auth token with a participant reads only exports of the rows of that participant; the admin reads all.',
  security: [{ authToken: ['download'] }, { adminToken: [] }],
  fields: { id: 'Id of the export.' },
  responses: { 200: { description: 'The export.', optionalHeaders: ['retry-after'] } },
  errors: [failure(exportNotFound(), { path: { id: UNKNOWN_ID } }, 'An unknown export')],
  examples: {
    ready: example(
      'All files are written',
      { path: { id: EXPORT_ID } },
      {
        ...CREATED,
        state: 'ready',
        rows: 2,
        files: [{ url: 'https://latchkey-prod-files.s3.amazonaws.com/exports/…', size: 32, rows: 2 }],
      },
    ),
  },
}

const remove: Operation = {
  id: 'deleteExport',
  tag: 'Measurements',
  summary: 'Delete an export',
  description:
    'Ends an export. Its files are deleted soon after the response; until then, links that were returned before still work. Without this request, they are deleted a day after the export was created.',
  security: [{ authToken: ['download'] }, { adminToken: [] }],
  fields: { id: 'Id of the export.' },
  responses: { 204: 'The export is deleted.' },
  errors: [failure(exportNotFound(), { path: { id: UNKNOWN_ID } }, 'An unknown export')],
  examples: { one: example('One export', { path: { id: EXPORT_ID } }, undefined, { status: 204 }) },
}

export const operations: Operations = {
  'POST /exports': create,
  'GET /exports/{id}': read,
  'DELETE /exports/{id}': remove,
}
