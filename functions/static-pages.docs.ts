import * as z from 'zod'
import { describeSchema } from '../lib/openapi/fields.ts'
import type { Operation, ResponseDescription } from '../lib/openapi/operation.ts'
import { ETAG } from '../lib/openapi/samples.ts'
import { pageNotFound } from '../web/server/static-file.ts'
import { handler, hello } from './static-pages.ts'

describeSchema(hello, {
  fields: {
    stage: 'Which deployment this is; `local` on a developer’s machine.',
    health: 'Where to ask whether it is well.',
    documentation: 'Where people read about the API.',
    description: 'Where programs read about the API: this description.',
  },
})

const html = z.string().describe('HTML.')

const page = (description: string, content: NonNullable<ResponseDescription['content']>): ResponseDescription => ({
  description,
  content,
  headers: ['etag', 'cache-control', 'vary'],
})

const UNCHANGED: ResponseDescription = {
  description: 'It is the version that the caller has.',
  headers: ['etag', 'cache-control', 'vary'],
}

const headers = { 'If-None-Match': 'The `ETag` of the version that the caller has.' }

const start: Operation = {
  route: 'GET /',
  handler,
  id: 'getStartPage',
  tag: 'Pages',
  summary: 'What this is',
  description: 'The start page for browsers; programs, which do not ask for HTML, hear where to go on.',
  security: [],
  responses: {
    200: {
      description: 'The page, or for programs what this is. The page has the headers of all pages.',
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
  summary: 'Whether this answers',
  description: 'As `GET /`, without the body.',
  responses: { 200: { description: 'It answers.', optionalHeaders: ['etag', 'cache-control', 'vary'] } },
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
    unchanged: { summary: 'The page that the caller has', sent: { headers: { 'If-None-Match': ETAG } }, status: 304 },
  },
})

const description: Operation = {
  ...document(
    '/openapi.json',
    'getDescription',
    'This description',
    'The description of every endpoint, in OpenAPI 3.1.',
    '',
  ),
  responses: {
    200: page('The description.', { 'application/json': z.looseObject({ openapi: z.string() }) }),
    304: UNCHANGED,
  },
  examples: {
    description: { summary: 'Abridged', sent: {}, body: { openapi: '3.1.1' } },
    unchanged: {
      summary: 'The version that the caller has',
      sent: { headers: { 'If-None-Match': ETAG } },
      status: 304,
    },
  },
}

const asset: Operation = {
  ...start,
  route: 'GET /assets/{name}',
  id: 'getAsset',
  summary: 'What the pages load',
  description: 'Scripts, style sheets and images of the pages.',
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
      summary: 'A file that the caller has',
      sent: { path: { name: 'docs.js' }, headers: { 'If-None-Match': ETAG } },
      status: 304,
    },
  },
}

export const operations: readonly Operation[] = [
  start,
  head,
  document('/uploadhelp', 'getUploadHelp', 'How to upload', 'Sample commands for uploads, for people.', 'The page.'),
  document(
    '/docs',
    'getDocumentation',
    'This description, to read and try',
    'The description of every endpoint as a page.',
    'The page.',
  ),
  description,
  asset,
]
