import * as z from 'zod'
import { clientIdMissing, tooManyChecksums } from '../lib/access/salted-checksum.ts'
import { ALGORITHM_NAMES } from '../lib/crypto/checksums.ts'
import { bodyTooLarge } from '../lib/http/request.ts'
import { LIMITS } from '../lib/measurements/limits.ts'
import { parseBody } from '../lib/measurements/parse-body.ts'
import { toTable } from '../lib/measurements/table.ts'
import { timeColumnMissing } from '../lib/measurements/time-column.ts'
import { Warnings, warningsNotAllowed } from '../lib/measurements/warnings.ts'
import { ENCODING, unknownParameter } from '../lib/openapi/errors.ts'
import { idempotencyErrors, idempotencyHeader, KEY_HEADER } from '../lib/openapi/idempotency.ts'
import { type Example, example, failure, type Operation, type Operations } from '../lib/openapi/operation.ts'
import { CLIENT_ID } from '../lib/openapi/samples.ts'

export const cell = z
  .union([z.number(), z.string(), z.boolean(), z.null()])
  .meta({ id: 'Cell', description: 'A value, or null.' })
export const row = z.record(z.string(), cell).meta({ title: 'Row', description: 'The values of a row, by column.' })
const uploadBody = z.record(z.string(), z.unknown()).meta({
  id: 'UploadBody',
  description:
    'Columns, such as `{"time": [1], "co2": [612]}`, of which short ones are padded with null. Or one row, such as `{"time": 1, "co2": 612}`, several as `{"rows": [{"co2": 612}]}`, or a message of airRohr, Telegraf or The Things Network as its sender forms it.',
})

const FORMATS = {
  json: { types: ['application/json'], schema: uploadBody },
  ndjson: {
    types: ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
    schema: z.string().describe('One row object per line.'),
  },
  csv: {
    types: ['text/csv', 'application/csv', 'text/plain'],
    schema: z
      .string()
      .describe('The first line names the columns; separated by commas, semicolons or tabs, with any line ending.'),
  },
  tsv: {
    types: ['text/tab-separated-values'],
    schema: z.string().describe('CSV that is separated by tabs.'),
  },
  form: {
    types: ['application/x-www-form-urlencoded'],
    schema: z.record(z.string(), z.array(z.string())).describe('Each repeated key is a column.'),
  },
  msgpack: {
    types: ['application/msgpack', 'application/x-msgpack', 'application/vnd.msgpack'],
    schema: z.unknown().describe('Columns or rows, as in JSON, as MessagePack.'),
  },
} satisfies Record<string, { types: string[]; schema: z.ZodType }>

/** Generated clients send and return it as a file. */
export const CSV_FILE = z
  .string()
  .meta({ format: 'binary', description: 'Column names, then one line per row, separated by commas.' })

const CSV = 'time_utc,co2\n43,1223\n23,2351\n'
const NAMELESS = Buffer.from('1706792400,21.5\n')
const COLUMNS = { time_utc: [43, 23], co2: [1223, 2351] }
const TWO = { 'saved-in-db': 2 }

const uploadAs = (kind: keyof typeof FORMATS, summary: string, sent: Pick<Example['sent'], 'body' | 'bytes'>) =>
  FORMATS[kind].types.map((contentType, index): [string, Example] => [
    index === 0 ? kind : `${kind}_${index + 1}`,
    example(index === 0 ? summary : `${summary}, with another media type`, { contentType, ...sent }, TWO),
  ])

const LONG_NAME = 'c'.repeat(LIMITS.columnNameCharacters + 1)

const tableOf = (body: unknown) => {
  const warnings = new Warnings()
  return toTable(parseBody('application/json', Buffer.from(JSON.stringify(body)), warnings), /.*/, warnings)
}

const upload: Operation = {
  id: 'upload',
  tag: 'Measurements',
  summary: 'Upload measurements',
  description: `Stores the rows of a table: all of them, or none. Column names become lower case, and new columns need no preparation. The time of a row is in a column such as \`time\`, \`timestamp\`, \`datetime\` or \`created_at\`, as a UNIX time, ISO 8601 or a similar text; otherwise it is the time of receipt, with a warning. \`time_column\`, \`time_format\` and \`tz\` declare other columns and formats. Repeating an upload with times changes nothing; send an \`Idempotency-Key\` with rows without times. JSON is columns, a row, or rows in \`rows\`, also as a plain list. It may also be a message of airRohr, Telegraf or The Things Network. \`Content-Encoding: gzip\` is supported.

A device without an auth token authenticates with a salted checksum. With the salt \`my-super-secret-psk\`, the body \`{"time_utc":[43,23],"co2":[1223,2351]}\` has the header \`Content-MD5-Salted: b71e91feb2be18ccca019914a1da5b1d\`. Firmware that knows only headers sends the salt itself as a device key, over https: as the password of \`Authorization: Basic\` with the \`client_id\`, or as \`Authorization: Token client_id:salt\`.

A client can have options of its own for all its uploads, see \`POST /register\`. The parameters of an upload replace them.

At most ${LIMITS.rows} rows, ${LIMITS.columns} columns, ${LIMITS.sources} boxes and 6000000 bytes, before and after decompression.`,
  security: [{ authToken: ['upload'] }, { saltedChecksum: [] }, { deviceKey: [] }],
  fields: {
    dry_run: '`true` parses and validates the upload, and stores nothing. The response describes what would be stored.',
    strict:
      '`true` rejects an upload with warnings: the error lists them, and nothing is stored. Default: that of the client, else `false`.',
    box: 'The box of the rows that name none in a column `box`. Default: none.',
    time_column: 'The column with the times of the rows. The upload must have it. Default: the first known name.',
    time_format:
      '`unix`, `unix_ms`, `unix_us` or `unix_ns` (counted since 1970), `excel` (serial days), or a `strptime` pattern of %Y %y %m %d %j %H %I %M %S %f %p %z %b %B %a %A, such as `%d.%m.%Y %H:%M`. Default: any unambiguous form.',
    tz: 'IANA time zone of times without an offset, such as `Europe/Berlin`. Default: UTC. A time that the clock skips moves forward, and of two equal times the first is stored.',
    delimiter:
      'The separator of CSV: `comma`, `semicolon`, `tab`, `pipe` or the character. Default: found in the text, except `pipe`.',
    decimal:
      '`point` or `comma`: the decimal separator of CSV. Default: both are read. With `comma`, `1.234` is stored as text; with `point`, `21,5` is.',
    header: '`absent` for CSV whose first line has values. Requires `columns`. Default: `present`.',
    columns: 'Names of the columns of CSV without names, separated by commas, such as `time,temp`.',
    skip: 'Number of lines before the CSV that are not read, at most 9999.',
    client_id:
      'The client whose salt made the checksum, or `default` for the shared client. Required with a checksum if the body has more than 1,000,000 bytes, or if more than 1,000 clients have salts.',
  },
  headers: {
    ...idempotencyHeader('a retry with the same key stores the rows once. Valid for seven days.'),
    'X-Sensor': 'The box of a message of airRohr that has no id.',
  },
  bodies: Object.fromEntries(
    Object.values(FORMATS).flatMap(({ types, schema }) => types.map((type) => [type, schema])),
  ),
  responses: {
    200: {
      description: 'The rows are stored.',
      fields: {
        'saved-in-db': 'Number of rows.',
        warnings:
          'Values that are stored differently from the request, and times that are missing or cannot be right, one sentence each.',
        dry_run: 'What would be stored. Only with `dry_run=true`.',
      },
    },
  },
  errors: [
    failure(() => tableOf([{ co2: 1223 }, 2351]), { body: [{ co2: 1223 }, 2351] }),
    failure(
      warningsNotAllowed(['column "CO2 (ppm)" is stored as "co2 ppm"']),
      { query: { strict: 'true' }, body: { time_utc: [43], 'CO2 (ppm)': [1223] } },
      'Warnings with strict=true',
    ),
    unknownParameter('precision'),
    failure(
      timeColumnMissing(['time_utc', 'co2']),
      { query: { time_column: 'when' }, body: COLUMNS },
      'The upload lacks the time column',
    ),
    failure(() => tableOf({ [LONG_NAME]: [1223] }), { body: { [LONG_NAME]: [1223] } }),
    failure(
      tooManyChecksums(),
      {
        security: [],
        headers: Object.fromEntries(ALGORITHM_NAMES.slice(0, 5).map((name) => [`Content-${name}-Salted`, '00'])),
      },
      'Too many checksums',
    ),
    failure(clientIdMissing(), { security: ['saltedChecksum'] }, 'A large body without client_id'),
    failure(bodyTooLarge('The body'), {}, 'The body is too large'),
    failure(() => parseBody('application/xml', Buffer.from('<co2>1223</co2>'), new Warnings()), {
      contentType: 'application/xml',
      body: '<co2>1223</co2>',
    }),
    failure(
      () => parseBody('text/csv', NAMELESS, new Warnings()),
      { contentType: 'text/csv', body: NAMELESS.toString() },
      'CSV without column names',
    ),
    ENCODING,
    ...idempotencyErrors({ body: { co2: [2351] } }),
  ],
  examples: {
    ...Object.fromEntries(uploadAs('json', 'Columns', { body: COLUMNS })),
    rows: example(
      'Rows',
      {
        body: {
          rows: [
            { time_utc: 43, co2: 1223 },
            { time_utc: 23, co2: 2351 },
          ],
        },
      },
      TWO,
    ),
    row: example('One row', { body: { time_utc: 43, co2: 1223 } }, { 'saved-in-db': 1 }),
    telegraf: example(
      'A metric of Telegraf',
      { body: { name: 'cpu', fields: { usage_idle: 97.5 }, tags: { host: 'pi' }, timestamp: 1_772_442_000 } },
      { 'saved-in-db': 1 },
    ),
    ...Object.fromEntries(
      uploadAs('ndjson', 'One row per line', { body: '{"time_utc":43,"co2":1223}\n{"time_utc":23,"co2":2351}\n' }),
    ),
    ...Object.fromEntries(uploadAs('csv', 'CSV', { body: CSV })),
    ...Object.fromEntries(uploadAs('tsv', 'Tab-separated values', { body: 'time_utc\tco2\n43\t1223\n23\t2351\n' })),
    headerless: example(
      'CSV with semicolons, decimal commas and without column names',
      {
        query: { header: 'absent', columns: 'time_utc,co2' },
        contentType: 'text/csv',
        body: '43;1223,5\n23;2351,0\n',
      },
      TWO,
    ),
    ...Object.fromEntries(uploadAs('form', 'A form', { body: { time_utc: ['43', '23'], co2: ['1223', '2351'] } })),
    ...Object.fromEntries(
      uploadAs('msgpack', 'MessagePack', {
        bytes: 'data:application/msgpack;base64,gqh0aW1lX3V0Y5IrF6NjbzKSzQTHzQkv',
      }),
    ),
    salted: example(
      'A device without a token, with the id of its client',
      { security: ['saltedChecksum'], query: { client_id: CLIENT_ID }, body: COLUMNS },
      TWO,
    ),
    device_key: example('Firmware that sends a device key', { security: ['deviceKey'], body: COLUMNS }, TWO),
    idempotent: example(
      'Rows without times, safe to retry',
      { headers: KEY_HEADER, body: { co2: [1223] } },
      {
        'saved-in-db': 1,
        warnings: [
          'no column is known to hold times ("co2"), so every row has the time of receipt: name the column with time_column',
        ],
      },
    ),
    times: example(
      'Times in a declared column, format and time zone',
      {
        query: { time_column: 'when', time_format: '%d.%m.%Y %H:%M', tz: 'Europe/Berlin' },
        contentType: 'text/csv',
        body: 'when,co2\n03.05.2026 14:00,1223\n',
      },
      { 'saved-in-db': 1 },
    ),
    dry_run: example(
      'What an upload would store',
      { query: { dry_run: 'true' }, body: { time_utc: [43, 23], co2: [1223, null] } },
      {
        'saved-in-db': 0,
        dry_run: {
          rows: 2,
          columns: [
            { name: 'time_utc', type: 'number', nulls: 0 },
            { name: 'co2', type: 'number', nulls: 1 },
          ],
          time_column: 'time_utc',
          sources: ['default'],
          first: '1970-01-01T00:00:23.000Z',
          last: '1970-01-01T00:00:43.000Z',
        },
      },
    ),
    warned: example(
      'A column that is stored under another name',
      { body: { time_utc: [43], 'CO2 (ppm)': [1223] } },
      { 'saved-in-db': 1, warnings: ['column "CO2 (ppm)" is stored as "co2 ppm"'] },
    ),
  },
}

const csv: Operation = {
  ...upload,
  id: 'uploadCsv',
  summary: 'Upload measurements as CSV',
  description: 'As `POST /upload` with CSV, whatever the `Content-Type` is.',
  // Not `text/csv`: clients of Swift and Python do not send files of that type.
  bodies: { 'application/octet-stream': CSV_FILE },
  errors: [
    failure(
      () => parseBody('text/csv', NAMELESS, new Warnings()),
      { body: NAMELESS.toString() },
      'CSV without column names',
    ),
  ],
  examples: {
    csv: example('CSV', { body: CSV }, TWO),
  },
}

export const operations: Operations = { 'POST /upload': upload, 'POST /upload/csv': csv }
