import type { RoutedOperation, Security } from '../../lib/openapi/operation.ts'
import { OPERATIONS } from '../../lib/openapi/operations.ts'
import type { Scheme } from '../../lib/openapi/security.ts'
import { TAGS } from '../../lib/openapi/tags.ts'

/** Operations by tag, in reading order. */
const byTag = TAGS.map((tag) => ({ ...tag, operations: OPERATIONS.filter((operation) => operation.tag === tag.name) }))

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const htmlRow = ({ route, summary }: RoutedOperation): string => {
  const [method = '', path = ''] = route.split(' ')
  // The fragment by which openapi-explorer opens an operation.
  const id = `${method.toLowerCase()}-${path.replace(/[\s#:?&={}-]+/g, '-')}`
  return `<tr><td><a href="docs#?route=${id}"><code>${escaped(route)}</code></a></td><td>${escaped(summary)}</td></tr>`
}

/** Bodies of the endpoint table of the home page: one for each tag. HEAD and assets are left out. */
export function endpointTableHtml(): string {
  const bodies = byTag.map(({ name, operations }) => {
    const shown = operations.filter(({ route }) => !route.startsWith('HEAD ') && !route.includes('/assets/'))
    return `<tbody><tr><th colspan="2" scope="rowgroup">${escaped(name)}</th></tr>${shown.map(htmlRow).join('')}</tbody>`
  })
  return bodies.join('\n')
}

const CREDENTIALS: Readonly<Record<string, string>> = {
  influxToken: 'auth token as `Token`',
  adminToken: 'admin token',
  adminTokenInQuery: 'admin token as `token`',
  clientSecret: 'client id and secret',
  saltedChecksum: 'salted checksum',
  deviceKey: 'device key',
  shareToken: 'share token',
  sessionToken: 'session token',
  userToken: 'user token',
  incodeHeader: 'webhook header',
  helpLightningSignature: 'webhook signature',
} satisfies Record<Exclude<Scheme, 'authToken' | 'boundToken'>, string>

/** Name of a security scheme for people. */
export const schemeLabel = (scheme: string): string => CREDENTIALS[scheme] ?? scheme

function credentials(security: readonly Security[]): string {
  const ways = security.flatMap((way) => {
    const [[scheme, scopes] = []] = Object.entries(way)
    if (scheme === 'authToken') return scopes?.map((scope) => `auth token (\`${scope}\`)`) ?? []
    return scheme === undefined ? ['in the parameters'] : [schemeLabel(scheme)]
  })
  return ways.length === 0 ? 'none' : ways.join(', ')
}

/** docs/reference/http-api.md */
export function httpApiReference(): string {
  const sections = byTag.map(({ name, description, operations }) => {
    const rows = operations.map(
      ({ route, summary, security }) => `| \`${route}\` | ${summary} | ${credentials(security)} |`,
    )
    return `## ${name}\n\n${description}\n\n| endpoint | what it does | credentials (one of) |\n|---|---|---|\n${rows.join('\n')}\n`
  })
  return `# HTTP API

Every deployment serves the full reference: \`GET /docs\` for people, \`GET /openapi.json\` (OpenAPI 3.1) for programs, with
parameters, limits, responses, errors and examples. This page lists the endpoints. The words in brackets are the scopes
of an auth token. [errors.md](errors.md) lists the error codes.

${sections.join('\n')}`
}
