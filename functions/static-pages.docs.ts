import * as z from 'zod'
import { describeSchema } from '../lib/openapi/fields.ts'
import type { Operation, ResponseDescription } from '../lib/openapi/operation.ts'
import { ETAG } from '../lib/openapi/samples.ts'
import { pageNotFound } from '../web/server/static-file.ts'
import { handler, hello } from './static-pages.ts'

describeSchema(hello, {
  fields: {
    stage: 'The stage of the deployment; `local` on a developer’s machine.',
    health: 'Path of the health check.',
    documentation: 'Path of the API reference.',
    description: 'Path of this description.',
  },
})

const html = z.string().describe('HTML.')

const page = (description: string, content: NonNullable<ResponseDescription['content']>): ResponseDescription => ({
  description,
  content,
  headers: ['etag', 'cache-control', 'vary'],
})

const UNCHANGED: ResponseDescription = {
  description: 'The caller has the current version.',
  headers: ['etag', 'cache-control', 'vary'],
}

const headers = { 'If-None-Match': 'The `ETag` of the version that the caller has.' }

const start: Operation = {
  route: 'GET /',
  handler,
  id: 'getStartPage',
  tag: 'Pages',
  summary: 'Get the home page',
  description: 'The home page for browsers. Programs that do not accept HTML get name, version and paths as JSON.',
  security: [],
  responses: {
    200: {
      description: 'The home page, or JSON for programs. The page has the headers of all pages.',
      content: { 'application/json': hello, 'text/html': html },
      optionalHeaders: ['etag', 'cache-control', 'vary'],
    },
  },
  errors: [],
  examples: {
    program: {
      summary: 'A program',
      sent: {},
      body: {
        hello: 'world',
        name: 'latchkey',
        version: '0.1.0',
        stage: 'local',
        health: '/health',
        documentation: '/docs',
        description: '/openapi.json',
      },
    },
    browser: {
      summary: 'A browser',
      sent: { headers: { Accept: 'text/html' } },
      contentType: 'text/html',
      body: '<!doctype html>…',
    },
  },
}

const head: Operation = {
  ...start,
  route: 'HEAD /',
  id: 'headStartPage',
  summary: 'Check that the service responds',
  description: 'As `GET /`, without the body.',
  responses: { 200: { description: 'The service responds.', optionalHeaders: ['etag', 'cache-control', 'vary'] } },
  examples: { program: { summary: 'A program', sent: {} } },
}

const document = (path: string, id: string, summary: string, description: string, title: string): Operation => ({
  ...start,
  route: `GET ${path}`,
  id,
  summary,
  description,
  headers,
  responses: { 200: page(title, { 'text/html': html }), 304: UNCHANGED },
  examples: {
    page: { summary: 'The page', sent: {}, contentType: 'text/html', body: '<!doctype html>…' },
    unchanged: { summary: 'An unchanged page', sent: { headers: { 'If-None-Match': ETAG } }, status: 304 },
  },
})

const description: Operation = {
  ...document(
    '/openapi.json',
    'getDescription',
    'Get this description',
    'The description of all endpoints in OpenAPI 3.1.',
    '',
  ),
  responses: {
    200: page('The description.', { 'application/json': z.looseObject({ openapi: z.string() }) }),
    304: UNCHANGED,
  },
  examples: {
    description: { summary: 'Abridged', sent: {}, body: { openapi: '3.1.1' } },
    unchanged: {
      summary: 'An unchanged description',
      sent: { headers: { 'If-None-Match': ETAG } },
      status: 304,
    },
  },
}

const asset: Operation = {
  ...start,
  route: 'GET /assets/{name}',
  id: 'getAsset',
  summary: 'Get a file of the pages',
  description: 'Scripts, style sheets and images.',
  schemas: { path: z.object({ name: z.string() }) },
  fields: { name: 'The file, such as `style.css`.' },
  headers,
  responses: {
    200: page('The file.', {
      'text/css': z.string(),
      'text/javascript': z.string(),
      'image/svg+xml': z.string(),
      'application/json': z.unknown(),
      'text/html': html,
    }),
    304: UNCHANGED,
  },
  errors: [{ problem: pageNotFound(), sent: { path: { name: 'missing.css' } } }],
  examples: {
    script: { summary: 'A script', sent: { path: { name: 'docs.js' } }, contentType: 'text/javascript', body: '…' },
    unchanged: {
      summary: 'An unchanged file',
      sent: { path: { name: 'docs.js' }, headers: { 'If-None-Match': ETAG } },
      status: 304,
    },
  },
}

export const operations: readonly Operation[] = [
  start,
  head,
  document(
    '/uploadhelp',
    'getUploadHelp',
    'Get the upload help',
    'A page with sample commands for uploads.',
    'The page.',
  ),
  document('/docs', 'getDocumentation', 'Get the API reference', 'A page to read and try every endpoint.', 'The page.'),
  description,
  asset,
]
