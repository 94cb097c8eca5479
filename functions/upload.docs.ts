import * as z from 'zod'
import { clientIdMissing, tooManyChecksums } from '../lib/access/salted-checksum.ts'
import { ALGORITHM_NAMES } from '../lib/crypto/checksums.ts'
import { bodyTooLarge } from '../lib/http/request.ts'
import { LIMITS } from '../lib/measurements/limits.ts'
import { parseBody } from '../lib/measurements/parse-body.ts'
import { toTable } from '../lib/measurements/table.ts'
import { Warnings } from '../lib/measurements/warnings.ts'
import { ENCODING } from '../lib/openapi/errors.ts'
import { idempotencyErrors, idempotencyHeader, KEY_HEADER } from '../lib/openapi/idempotency.ts'
import { type Example, example, failure, type Operations } from '../lib/openapi/operation.ts'
import { CLIENT_ID } from '../lib/openapi/samples.ts'

export const cell = z
  .union([z.number(), z.string(), z.boolean(), z.null()])
  .meta({ id: 'Cell', description: 'A value, or null.' })
export const row = z.record(z.string(), cell).meta({ id: 'Row', description: 'The values of a row, by column.' })
const columns = z
  .record(z.string(), z.array(cell))
  .meta({ id: 'Columns', description: 'The values of each column. Short columns are padded with null.' })

const FORMATS = {
  json: { types: ['application/json'], schema: z.union([columns, z.array(row), row]) },
  ndjson: {
    types: ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
    schema: z.string().describe('One row object per line.'),
  },
  csv: {
    types: ['text/csv'],
    schema: z.string().describe('The first line names the columns; separated by commas, with any line ending.'),
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

export const operations: Operations = {
  'POST /upload': {
    id: 'upload',
    tag: 'Measurements',
    summary: 'Upload measurements',
    description: `Stores the rows of a table: all of them, or none. Column names become lower case, and new columns need no preparation. The time of a row is in the first of the columns \`time\`, \`time_utc\`, \`timestamp\` that the upload has, as UNIX seconds, UNIX milliseconds or ISO 8601; otherwise it is the time of receipt. Repeating an upload with times changes nothing; send an \`Idempotency-Key\` with rows without times. \`Content-Encoding: gzip\` is supported.

A device without an auth token authenticates with a salted checksum. With the salt \`my-super-secret-psk\`, the body \`{"time_utc":[43,23],"co2":[1223,2351]}\` has the header \`Content-MD5-Salted: b71e91feb2be18ccca019914a1da5b1d\`.

At most ${LIMITS.rows} rows, ${LIMITS.columns} columns, ${LIMITS.sources} boxes and 6000000 bytes, before and after decompression.`,
    security: [{ authToken: ['upload'] }, { saltedChecksum: [] }],
    schemas: { query: z.object({ client_id: z.string().optional() }) },
    fields: {
      client_id:
        'The client whose salt made the checksum, or `default` for the shared client. Required with a checksum if the body has more than 1,000,000 bytes, or if more than 1,000 clients have salts.',
    },
    headers: idempotencyHeader('a retry with the same key stores the rows once. Valid for seven days.'),
    bodies: Object.fromEntries(
      Object.values(FORMATS).flatMap(({ types, schema }) => types.map((type) => [type, schema])),
    ),
    responses: {
      200: {
        description: 'The rows are stored.',
        fields: {
          'saved-in-db': 'Number of rows.',
          warnings: 'Values that are stored differently from the request, one sentence each.',
        },
      },
    },
    errors: [
      failure(() => tableOf([{ co2: 1223 }, 2351]), { body: [{ co2: 1223 }, 2351] }),
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
      failure(() => parseBody('text/plain', Buffer.from('co2: 1223'), new Warnings()), {
        contentType: 'text/plain',
        body: 'co2: 1223',
      }),
      ENCODING,
      ...idempotencyErrors({ body: { co2: [2351] } }),
    ],
    examples: {
      ...Object.fromEntries(uploadAs('json', 'Columns', { body: COLUMNS })),
      rows: example(
        'Rows',
        {
          body: [
            { time_utc: 43, co2: 1223 },
            { time_utc: 23, co2: 2351 },
          ],
        },
        TWO,
      ),
      row: example('One row', { body: { time_utc: 43, co2: 1223 } }, { 'saved-in-db': 1 }),
      ...Object.fromEntries(
        uploadAs('ndjson', 'One row per line', { body: '{"time_utc":43,"co2":1223}\n{"time_utc":23,"co2":2351}\n' }),
      ),
      ...Object.fromEntries(uploadAs('csv', 'CSV', { body: 'time_utc,co2\n43,1223\n23,2351\n' })),
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
      idempotent: example(
        'Rows without times, safe to retry',
        { headers: KEY_HEADER, body: { co2: [1223] } },
        { 'saved-in-db': 1 },
      ),
      warned: example(
        'A column that is stored under another name',
        { body: { time_utc: [43], 'CO2 (ppm)': [1223] } },
        { 'saved-in-db': 1, warnings: ['column "CO2 (ppm)" is stored as "co2 ppm"'] },
      ),
    },
  },
}
