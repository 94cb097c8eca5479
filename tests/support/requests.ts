import type { Request } from '../../lib/http/request.ts'

/** A GET request with these headers. */
export const requestWith = (headers: Request['headers']): Request => ({
  id: 'id',
  method: 'GET',
  path: '/',
  rawQuery: '',
  query: new URLSearchParams(),
  pathParameters: {},
  address: '192.0.2.1',
  headers,
  rawBody: Buffer.of(),
  receivedAt: 0,
  deadline: 0,
})
