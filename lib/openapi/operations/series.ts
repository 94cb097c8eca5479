import * as z from 'zod'
import { handler } from '../../../functions/series.ts'
import type { Operation } from '../operation.ts'
import { unknownParameter } from '../refusals.ts'
import { CLIENT_ID } from '../samples.ts'
import { client_id, pageFields, readerRefused } from './reading.ts'

const found = z
  .object({
    source: z.string(),
    columns: z.array(z.string()).describe('Names of its columns.'),
    first: z.iso.datetime().optional().describe('Time of its first row, where one source was asked for.'),
    last: z.iso.datetime().optional().describe('Time of its last row.'),
  })
  .meta({ id: 'Series', description: 'Where rows land: a client, and within it a source.' })

export const series: Operation = {
  route: 'GET /series',
  handler,
  id: 'listSeries',
  tag: 'Measurements',
  summary: 'List the series of a client',
  description:
    'Tells which sources a client has and which columns each has; for one source also the times that it spans.',
  security: [{ authToken: ['download'] }, { adminToken: [] }, { saltedChecksum: [] }],
  fields: { client_id, source: 'One source only.', cursor: pageFields.cursor },
  answers: {
    200: {
      description: 'The series, by name.',
      content: { 'application/json': z.object({ series: z.array(found) }) },
      perhaps: ['link'],
    },
  },
  refused: [unknownParameter('limit'), ...readerRefused],
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
