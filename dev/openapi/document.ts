import { readFileSync } from 'node:fs'
import * as z from 'zod'

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')))

/** The description of every endpoint, OpenAPI 3.1, made of the schemas that parse requests. */
export const apiDescription = () => ({ openapi: '3.1.1', info: { title: 'Latchkey', version }, paths: {} })
