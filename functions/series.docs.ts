import { encodeCursor } from '../lib/measurements/parameters.ts'
import { seriesWarning } from '../lib/measurements/store/series.ts'
import { OTHER_CLIENT, unknownParameter } from '../lib/openapi/errors.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import { example, type Operations } from '../lib/openapi/operation.ts'
import {
  CLIENT_FIELD,
  CURSOR_FIELD,
  EXPIRED_CHECKSUM,
  EXPIRES_FIELD,
  PARTICIPANT_FIELD,
} from '../lib/openapi/reading.ts'
import { CLIENT_ID } from '../lib/openapi/samples.ts'
import { parkedRange } from '../lib/opensensemap/store-parked-ranges.ts'
import { listedSeries } from './series.ts'

describeSchema(seriesWarning, {
  fields: {
    kind: 'A stable code; the reference of measurements lists them.',
    sentence: 'As in the response to the upload, at most 300 characters.',
    count: 'Number of values, lines or bytes.',
    received_at: 'Time of receipt of the upload. A repeat of the same warnings within 15 minutes leaves it.',
  },
})

describeSchema(parkedRange, {
  fields: {
    first: 'Time of the first row of the block.',
    last: 'Time of its last row.',
    reason: 'A code for why its blocks are parked, as in the metric `BlockParked`.',
  },
})

describeSchema(listedSeries, {
  id: 'Series',
  description: 'A source of a client, in which rows are stored.',
  fields: {
    participant_id: 'The participant that owns the series; missing if the client itself owns it.',
    columns: 'Column names.',
    units: 'Units by column, as the uploads name them. Missing without any.',
    warnings:
      'The warnings of the last upload that had any, at most ten. Later uploads without warnings leave them. Missing without any.',
    first: 'Time of the first row, if the request names a source.',
    last: 'Time of the last row.',
    parked:
      'The parked blocks of the series, which openSenseMap has not received: at most the newest 100, in the order of their times. Only if the request names a source, and only for an auth token or the admin token. Missing without any.',
  },
})

export const operations: Operations = {
  'GET /series': {
    id: 'listSeries',
    tag: 'Measurements',
    summary: 'List the series of a client',
    description:
      'Returns the sources of a client and their columns. For a single source, it also returns the times of the first and last row, and the times that forwarding to openSenseMap has parked. An auth token with a participant lists only the series of that participant. A share token lists its series and columns, on one page, without warnings, participants and parked times.',
    security: [{ authToken: ['download'] }, { adminToken: [] }, { saltedChecksum: [] }, { shareToken: [] }],
    fields: {
      client_id: CLIENT_FIELD,
      participant_id: PARTICIPANT_FIELD,
      source: 'Returns one source only.',
      cursor: CURSOR_FIELD,
      expires: EXPIRES_FIELD,
    },
    responses: {
      200: {
        description: 'The series of the client, ordered by name, then those of its participants.',
        optionalHeaders: ['link', 'vary', 'content-encoding'],
      },
    },
    errors: [unknownParameter('limit'), OTHER_CLIENT, EXPIRED_CHECKSUM],
    examples: {
      all: example('All sources', {}, { series: [{ source: 'default', columns: ['co2', 'time_utc'] }] }),
      one: example(
        'One source',
        { query: { source: 'default' } },
        {
          series: [
            {
              source: 'default',
              columns: ['co2', 'time_utc'],
              first: '1970-01-01T00:00:23.000Z',
              last: '1970-01-01T00:00:43.000Z',
            },
          ],
        },
      ),
      next: example('The next page', { query: { cursor: encodeCursor({ source: 'default' }) } }, { series: [] }),
      shared: example(
        'The reader of a shared link',
        { security: ['shareToken'] },
        { series: [{ source: 'default', columns: ['co2', 'time_utc'] }] },
      ),
      salted: example(
        'A device with a salt',
        { security: ['saltedChecksum'], query: { client_id: CLIENT_ID, expires: '4102444800' } },
        { series: [{ source: 'default', columns: ['co2', 'time_utc'] }] },
      ),
      admin: example(
        'The admin reads the series of any client',
        { security: ['adminToken'], query: { client_id: CLIENT_ID } },
        { series: [{ source: 'default', columns: ['co2', 'time_utc'] }] },
      ),
    },
  },
}
