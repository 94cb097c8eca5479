import * as z from 'zod'
import { PROBLEMS } from '../../lib/core/problem.ts'
import { apiDescription } from '../../lib/openapi/document.ts'

const operation = z.looseObject({ responses: z.record(z.string(), z.looseObject({ description: z.string() })) })
const document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operation)) })

/** Routes whose errors include a code. */
function routesOf(code: string, paths: z.output<typeof document>['paths']): string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { responses }]) => Object.values(responses).some((each) => each.description.includes(`\`${code}\``)))
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  )
}

/** More routes than this are not worth a list. */
const LISTED = 6

/** docs/reference/errors.md */
export function errorReference(): string {
  const { paths } = document.parse(JSON.parse(JSON.stringify(apiDescription())))
  const all = Object.values(paths).reduce((count, methods) => count + Object.keys(methods).length, 0)
  const rows = Object.entries(PROBLEMS).map(([code, { status, title }]) => {
    const routes = routesOf(code, paths)
    const where =
      routes.length === all
        ? 'all'
        : routes.length > LISTED
          ? `${routes.length} endpoints`
          : routes.map((route) => `\`${route}\``).join(', ')
    return `| \`${code}\` | ${status} | ${title} | ${where} |`
  })
  return `# Errors

Errors are problem details (RFC 9457, \`application/problem+json\`). \`code\` is stable, and \`detail\` says what is
wrong and what to do. \`errors\` names the fields, rows or bytes; \`request_id\` finds the request in the logs. The OAuth
endpoints respond as RFC 6749 section 5.2 says. A 429, 503 or 504 response has \`Retry-After\` in seconds.

| code | status | title | endpoints |
|---|---|---|---|
${rows.join('\n')}
`
}
