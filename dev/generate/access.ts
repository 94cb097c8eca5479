import { readFileSync } from 'node:fs'
import { participantScopes } from '../../lib/clients/scopes.ts'
import type { RoutedOperation } from '../../lib/openapi/operation.ts'
import { OPERATIONS } from '../../lib/openapi/operations.ts'
import type { Scheme } from '../../lib/openapi/security.ts'
import { schemeLabel } from './endpoints.ts'

/** Tags whose data belong to a participant, if the token names one. */
const DATA_OF_PARTICIPANTS: readonly string[] = ['Measurements', 'Submissions']
const IN_COLUMNS: readonly string[] = ['authToken', 'adminToken', 'saltedChecksum'] satisfies Scheme[]
const TABLE = /(<!-- matrix -->\n).*(\n<!-- end of the matrix -->)/s

const code = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(', ')

/** The calls of the matrix: those that need credentials, and are not the same as another one. */
const isListed = ({ route, security }: RoutedOperation): boolean => security.length > 0 && !route.startsWith('HEAD ')

function row({ route, tag, security }: RoutedOperation): string {
  const schemes = security.flatMap((way) => Object.keys(way))
  const scopes = security.flatMap(({ authToken = [] }) => authToken)
  const others = schemes.filter((scheme) => !IN_COLUMNS.includes(scheme)).map(schemeLabel)
  const inParameters = security.some((way) => Object.keys(way).length === 0) ? ['in the parameters'] : []
  const ofParticipant = participantScopes(scopes)
  const cells = [
    `\`${route}\``,
    code(scopes),
    ofParticipant.length > 0 && DATA_OF_PARTICIPANTS.includes(tag)
      ? `${code(ofParticipant)}: own data`
      : code(ofParticipant),
    schemes.includes('adminToken') ? 'yes' : '',
    schemes.includes('saltedChecksum') ? 'yes' : '',
    [...others, ...inParameters].join(', '),
  ]
  return `| ${cells.map((cell) => cell || '–').join(' | ')} |`
}

/** docs/reference/access.md, with the matrix that the descriptions of the endpoints define. */
export function accessReference(): Record<string, string> {
  const path = 'docs/reference/access.md'
  const head = ['call', 'auth token', 'auth token of a participant', 'admin token', 'salted checksum', 'other']
  const lines = [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...OPERATIONS.filter(isListed).map(row)]
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  return { [path]: text.replace(TABLE, `$1\n${lines.join('\n')}\n$2`) }
}
