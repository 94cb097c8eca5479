import * as z from 'zod/mini'
import { allowAnyone } from '../lib/access/proof.ts'
import { getSettings } from '../lib/config/settings.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { prefersHtml } from '../lib/http/request.ts'
import { empty, json } from '../lib/http/response.ts'
import { fileResponse } from '../web/server/static-file.ts'

/** Next to the bundle in a deployment, in the build in a local run. */
const FOLDER = new URL('../dist/assets/', import.meta.url)

/** Pages by the last part of their path, because a custom domain may add a prefix. Any other path is the home page. */
const PAGES = new Map([
  ['uploadhelp', 'uploadhelp.html'],
  ['docs', 'docs.html'],
  ['openapi.json', 'openapi.json'],
])

export const hello = z.object({
  hello: z.literal('world'),
  name: z.literal('latchkey'),
  version: z.string(),
  stage: z.string(),
  health: z.string(),
  documentation: z.string(),
  description: z.string(),
})

/**
 * GET /, /uploadhelp, /docs: pages for people; GET /openapi.json: the API description; GET /assets/{name}: files of the
 * pages. Programs get JSON at /, including the collector's `hello`.
 */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: () => undefined,
    responses: { 200: hello },
  },
  async ({ request }) => {
    const { path, pathParameters } = request
    if (pathParameters['name'] !== undefined) return fileResponse(FOLDER, pathParameters['name'], request)
    const last = /([^/]*)\/?$/.exec(path)?.[1] ?? ''
    const page = PAGES.get(last)
    if (page === undefined && !prefersHtml(request)) {
      const { VERSION, STAGE } = await getSettings('VERSION', 'STAGE')
      const links = { health: '/health', documentation: '/docs', description: '/openapi.json' }
      return json(200, { hello: 'world', name: 'latchkey', version: VERSION, stage: STAGE, ...links })
    }
    // Relative links of a page depend on the trailing slash of its URL.
    const isFolder = path.endsWith('/')
    if (page === undefined && !isFolder) return redirectTo(`./${last}/`)
    if (page?.endsWith('.html') && isFolder) return redirectTo(`../${last}`)
    return fileResponse(FOLDER, page ?? 'index.html', request)
  },
)

const redirectTo = (location: string) => empty(308, { location })
