import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi'
import { ALGORITHM_NAMES } from '../crypto/checksums.ts'
import { describe } from './describe.ts'
import { simplifyForGenerators } from './for-generators.ts'
import { OPERATIONS } from './operations.ts'
import { SECURITY_SCHEMES } from './security.ts'
import { TAGS } from './tags.ts'

const readText = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readText('../../package.json')))

/** The introduction of the API reference. */
const description = readText('introduction.md')
  .trimEnd()
  .replace('<!-- algorithms -->', ALGORITHM_NAMES.map((name) => `\`${name}\``).join(', '))

/** Returns the OpenAPI 3.1 description that is served. */
export const apiDescription = () => simplifyForGenerators(exactDescription())

/** Returns the description of every endpoint, as exact as the contracts and `functions/*.docs.ts`. */
export function exactDescription() {
  const paths: ZodOpenApiPathsObject = {}
  for (const operation of OPERATIONS) {
    const [method = '', path = ''] = operation.route.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation) }
  }
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Latchkey',
        version,
        summary: 'Short-lived credentials for apps and devices, and the services that they use with them.',
        description,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The service that returns this description.' }],
      tags: [...TAGS],
      paths,
      components: { securitySchemes: SECURITY_SCHEMES },
    },
    { override: removeIdleKeywords },
  )
}

/** Removes keywords that say nothing, or more than the API promises. */
function removeIdleKeywords({
  jsonSchema,
  zodSchema,
}: {
  jsonSchema: z.core.JSONSchema.BaseSchema
  zodSchema: z.core.$ZodType
}) {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  // zod's patterns for well-known formats repeat the format.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
  // Later versions may add members to responses.
  if (zodSchema instanceof z.core.$ZodObject && !zodSchema._zod.def.catchall) delete jsonSchema.additionalProperties
}
