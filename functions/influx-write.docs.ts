import * as z from 'zod'
import { bodyTooLarge } from '../lib/http/request.ts'
import { noPoints, parseLineProtocol } from '../lib/measurements/line-protocol.ts'
import { ENCODING, unknownParameter } from '../lib/openapi/errors.ts'
import { idempotencyErrors, idempotencyHeader, KEY_HEADER } from '../lib/openapi/idempotency.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'

const TYPE = 'text/plain'
const POINTS = 'weather,box=greenhouse temperature=21.4,humidity=48i 1772442000\n'
const WITHOUT_FIELDS = `${POINTS}weather,box=greenhouse\n`

const line = (body: string) => ({ contentType: TYPE, body })
const query = { org: 'any', bucket: 'any', precision: 's' }

export const operations: Operations = {
  'POST /api/v2/write': {
    id: 'writeLineProtocol',
    tag: 'Measurements',
    summary: 'Write measurements as InfluxDB does',
    description:
      'Stores points in the line protocol of InfluxDB: all of them, or none. A point is one row. Fields and tags are columns, tags as text; `measurement` and `time` are columns too. The tag `box` is the source of the row; without it, the tag `host` is. Points without a timestamp have the time of receipt. Clients of InfluxDB 2 and Telegraf work without changes. Errors have the form of InfluxDB. `Content-Encoding: gzip` is supported. The limits of `/upload` apply.',
    security: [{ authToken: ['upload'] }, { influxToken: [] }, { deviceKey: [] }],
    fields: {
      precision: 'The unit of the timestamps: `ns`, `us`, `ms` or `s`.',
      org: 'Accepted for clients that require it, and ignored.',
      orgID: 'As `org`.',
      bucket: 'As `org`. The token decides the client that owns the rows.',
      consistency: 'As `org`.',
    },
    headers: idempotencyHeader(
      'a retry with the same key stores points without timestamps once. Valid for seven days.',
    ),
    bodies: { [TYPE]: z.string().describe('One point per line.') },
    responses: { 204: 'The points are stored.' },
    errors: [
      failure(() => parseLineProtocol(Buffer.from(WITHOUT_FIELDS), 's'), line(WITHOUT_FIELDS), 'A line is invalid'),
      failure(noPoints(), line('# no point\n'), 'No points'),
      { sent: { query: { precision: 'seconds' } } },
      unknownParameter('db'),
      failure(bodyTooLarge('The body'), {}, 'The body is too large'),
      ENCODING,
      ...idempotencyErrors(line('weather temperature=21.5\n')),
    ],
    examples: {
      seconds: example('Timestamps in seconds', { query, ...line(POINTS) }, undefined, { status: 204 }),
      token: example(
        'The word Token, as the clients of InfluxDB send it',
        { security: ['influxToken'], query, ...line(POINTS) },
        undefined,
        { status: 204 },
      ),
      key: example('A device key', { security: ['deviceKey'], query, ...line(POINTS) }, undefined, { status: 204 }),
      untimed: example(
        'A point without a timestamp, safe to retry',
        { headers: KEY_HEADER, ...line('weather temperature=21.4\n') },
        undefined,
        { status: 204 },
      ),
      nanoseconds: example(
        'Nanoseconds, the default',
        { ...line('cpu,host=raspi usage_idle=97.5 1772442000123456789\n') },
        undefined,
        { status: 204 },
      ),
    },
  },
}
