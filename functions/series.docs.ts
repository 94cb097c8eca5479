import { unknownParameter } from '../lib/openapi/errors.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import type { Operation } from '../lib/openapi/operation.ts'
import { CLIENT_FIELD, CURSOR_FIELD, MEASUREMENT_READER_ERRORS } from '../lib/openapi/reading.ts'
import { CLIENT_ID } from '../lib/openapi/samples.ts'
import { handler, seriesEntry } from './series.ts'

describeSchema(seriesEntry, {
  id: 'Series',
  description: 'Where rows land: a client, and within it a source.',
  fields: {
    columns: 'Names of its columns.',
    first: 'Time of its first row, where one source was asked for.',
    last: 'Time of its last row.',
  },
})

const series: Operation = {
  route: 'GET /series',
  handler,
  id: 'listSeries',
  tag: 'Measurements',
  summary: 'List the series of a client',
  description:
    'Tells which sources a client has and which columns each has; for one source also the times that it spans.',
  security: [{ authToken: ['download'] }, { adminToken: [] }, { saltedChecksum: [] }],
  fields: { client_id: CLIENT_FIELD, source: 'One source only.', cursor: CURSOR_FIELD },
  responses: { 200: { description: 'The series, by name.', optionalHeaders: ['link'] } },
  errors: [unknownParameter('limit'), ...MEASUREMENT_READER_ERRORS],
  examples: {
    all: { summary: 'All sources', sent: {}, body: { series: [{ source: 'default', columns: ['co2', 'time_utc'] }] } },
    one: {
      summary: 'One source',
      sent: { query: { source: 'default' } },
      body: {
        series: [
          {
            source: 'default',
            columns: ['co2', 'time_utc'],
            first: '1970-01-01T00:00:23.000Z',
            last: '1970-01-01T00:00:43.000Z',
          },
        ],
      },
    },
    next: {
      summary: 'A further page, of very many',
      sent: { query: { cursor: 'default' } },
      body: { series: [] },
    },
    admin: {
      summary: 'The admin, series of any client',
      sent: { security: ['adminToken'], query: { client_id: CLIENT_ID } },
      body: { series: [{ source: 'default', columns: ['co2', 'time_utc'] }] },
    },
  },
}

export const operations: readonly Operation[] = [series]
