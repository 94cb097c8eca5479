import { anyone } from '../lib/access/access.ts'
import { settings } from '../lib/config.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/respond.ts'
import { fileAnswer, wantsPage } from '../lib/pages/files.ts'

/** Next to the bundle when deployed, in the build when the source runs. */
const FOLDER = new URL('../dist/assets/', import.meta.url)

/** Pages by their path, without a slash at the end. */
const PAGES: Readonly<Record<string, string>> = {
  '': 'index.html',
  '/uploadhelp': 'uploadhelp.html',
  '/docs': 'docs.html',
  '/openapi.json': 'openapi.json',
}

/**
 * GET /, /uploadhelp, /docs: pages for people; GET /openapi.json: the API description; GET /assets/{name}: what the pages
 * load. A program that asks for / hears what this is, the collector's `hello` included.
 */
export const handler = endpoint(
  {
    access: anyone,
    input: () => undefined,
  },
  async ({ request }) => {
    const path = request.path.replace(/\/$/, '')
    if (path === '' && !wantsPage(request)) {
      const { VERSION, STAGE } = await settings('VERSION', 'STAGE')
      const more = { health: '/health', documentation: '/docs', description: '/openapi.json' }
      return json(200, { hello: 'world', name: 'latchkey', version: VERSION, stage: STAGE, ...more })
    }
    return fileAnswer(FOLDER, request.pathParameters['name'] ?? PAGES[path] ?? '', request)
  },
)
