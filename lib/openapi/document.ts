import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { DESCRIPTION, TAGS } from './about.ts'
import { describe } from './describe.ts'
import { OPERATIONS } from './operations.ts'
import { type JsonObject, namedSchemas } from './schema.ts'
import { SECURITY_SCHEMES } from './security.ts'

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')))

/** The description of every endpoint, OpenAPI 3.1, made of the schemas that parse requests. */
export function apiDescription() {
  const paths: Record<string, JsonObject> = {}
  for (const operation of OPERATIONS) {
    const [method = '', path = ''] = operation.route.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Latchkey',
      version,
      summary: 'Short-lived credentials for apps and devices, and what they do with them.',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The service that hands out this description.' }],
    tags: TAGS,
    paths,
    components: { schemas: namedSchemas(), securitySchemes: SECURITY_SCHEMES },
  }
}
