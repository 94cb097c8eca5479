import * as z from 'zod'
import { describeSchema } from '../lib/openapi/fields.ts'
import {
  example,
  failure,
  headOf,
  type Operation,
  type Operations,
  type ResponseDescription,
} from '../lib/openapi/operation.ts'
import { ETAG } from '../lib/openapi/samples.ts'
import { pageNotFound } from '../web/server/static-file.ts'
import { hello } from './static-pages.ts'

describeSchema(hello, {
  fields: {
    stage: 'The stage of the deployment; `local` on a developer’s machine.',
    health: 'Path of the health check.',
    documentation: 'Path of the API reference.',
    description: 'Path of this description.',
  },
})

const html = z.string().describe('HTML.')
const PAGE_HEADERS = ['etag', 'cache-control', 'vary'] as const

const start = {
  id: 'getStartPage',
  tag: 'Pages',
  summary: 'Get the home page',
  description: 'The home page for browsers. Programs that do not accept HTML get name, version and paths as JSON.',
  security: [],
  responses: {
    200: {
      description: 'The home page, or JSON for programs. The page has the headers of all pages.',
      content: { 'application/json': hello, 'text/html': html },
      optionalHeaders: PAGE_HEADERS,
    },
  },
  examples: {
    program: example(
      'A program',
      {},
      {
        hello: 'world',
        name: 'latchkey',
        version: '0.1.0',
        stage: 'local',
        health: '/health',
        documentation: '/docs',
        description: '/openapi.json',
      },
    ),
    browser: example('A browser', { headers: { Accept: 'text/html' } }, '<!doctype html>…', {
      contentType: 'text/html',
    }),
  },
} satisfies Operation

const file = (
  summary: string,
  description: string,
  [title, content]: [title: string, content: NonNullable<ResponseDescription['content']>],
) => ({
  tag: 'Pages' as const,
  summary,
  description,
  security: [],
  headers: { 'If-None-Match': 'The `ETag` of the version that the caller has.' },
  responses: {
    200: { description: title, content, headers: PAGE_HEADERS },
    304: { description: 'The caller has the current version.', headers: PAGE_HEADERS },
  },
})

const unchanged = (kind: string, path?: Readonly<Record<string, string>>) =>
  example(`An unchanged ${kind}`, { ...(path && { path }), headers: { 'If-None-Match': ETAG } }, undefined, {
    status: 304,
  })

const page = (id: string, summary: string, description: string): Operation => ({
  ...file(summary, description, ['The page.', { 'text/html': html }]),
  id,
  examples: {
    page: example('The page', {}, '<!doctype html>…', { contentType: 'text/html' }),
    unchanged: unchanged('page'),
  },
})

const FILES = {
  'text/css': z.string(),
  'text/javascript': z.string(),
  'image/svg+xml': z.string(),
  'application/json': z.unknown(),
  'text/html': html,
}

const uploadHelp = page('getUploadHelp', 'Get the upload help', 'A page with sample commands for uploads.')
const documentation = page('getDocumentation', 'Get the API reference', 'A page to read and try every endpoint.')

const description: Operation = {
  ...file('Get the OpenAPI description', 'The description of all endpoints in OpenAPI 3.1.', [
    'The description.',
    { 'application/json': z.looseObject({ openapi: z.string() }) },
  ]),
  id: 'getDescription',
  examples: { description: example('Abridged', {}, { openapi: '3.1.1' }), unchanged: unchanged('description') },
}

const asset: Operation = {
  ...file('Get a file of the pages', 'Scripts, style sheets and images.', ['The file.', FILES]),
  id: 'getAsset',
  schemas: { path: z.object({ name: z.string() }) },
  fields: { name: 'The file, such as `style.css`.' },
  errors: [failure(pageNotFound(), { path: { name: 'missing.css' } })],
  examples: {
    script: example('A script', { path: { name: 'docs.js' } }, '…', { contentType: 'text/javascript' }),
    unchanged: unchanged('file', { name: 'docs.js' }),
  },
}

export const operations: Operations = {
  'GET /': start,
  'HEAD /': {
    ...start,
    id: 'headStartPage',
    summary: 'Get the home page, without its body',
    description: 'As `GET /`, without the body.',
    responses: { 200: { description: 'The service responds.', optionalHeaders: PAGE_HEADERS } },
    examples: { program: example('A program', {}) },
  },
  'GET /uploadhelp': uploadHelp,
  'HEAD /uploadhelp': headOf(uploadHelp, '/uploadhelp', 'headUploadHelp'),
  'GET /docs': documentation,
  'HEAD /docs': headOf(documentation, '/docs', 'headDocumentation'),
  'GET /openapi.json': description,
  'HEAD /openapi.json': headOf(description, '/openapi.json', 'headDescription'),
  'GET /assets/{name}': asset,
  'HEAD /assets/{name}': headOf(asset, '/assets/{name}', 'headAsset'),
}
