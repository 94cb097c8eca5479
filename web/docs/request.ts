/** The request of an operation's first successful example, as the samples and the page send it. */

export interface Description {
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  components: { securitySchemes: Readonly<Record<string, SecurityScheme>> }
  tags: readonly { name: string }[]
}

export interface Operation {
  tags: readonly string[]
  security?: readonly Readonly<Record<string, readonly string[]>>[]
  parameters?: readonly { name: string; in: string; examples?: Examples }[]
  requestBody?: { content: Readonly<Record<string, { examples?: Examples }>> }
  responses: Readonly<
    Record<string, { content?: Readonly<Record<string, { examples?: Examples }>>; 'x-examples'?: Examples }>
  >
}

type Examples = Readonly<Record<string, { value?: unknown; 'x-request'?: Sent }>>

/** What the parameters and the body of an example do not show. */
interface Sent {
  security?: readonly string[]
  headers?: Readonly<Record<string, string>>
  bytes?: string
}

export interface SecurityScheme {
  type: string
  scheme?: string
  in?: string
  name?: string
}

export interface SampleRequest {
  /** The name of the example. */
  name: string
  method: string
  url: string
  headers: readonly (readonly [name: string, value: string])[]
  body?: string
}

const BOUNDARY = 'boundary-of-the-parts'

/** The word of a sample that the reader replaces with a credential, such as AUTH_TOKEN. */
export const placeholderOf = (scheme: string): string => scheme.replace(/[A-Z]/g, '_$&').toUpperCase()

/** Returns null for an operation without a successful example, and for bodies that are not text. */
export function sampleRequest(
  { components: { securitySchemes } }: Pick<Description, 'components'>,
  base: string,
  path: string,
  method: string,
  operation: Operation,
): SampleRequest | null {
  const [name, sent] = firstExample(operation) ?? []
  if (name === undefined || sent?.bytes !== undefined) return null
  const { parameters = [], security = [{}] } = operation
  const valuesIn = (place: string) =>
    parameters.flatMap((parameter) => {
      const value = parameter.examples?.[name]?.value
      return parameter.in === place && value !== undefined ? [[parameter.name, value] as const] : []
    })
  const query = new URLSearchParams(valuesIn('query').flatMap(([parameter, value]) => pairsOf(parameter, value)))
  const headers = [...valuesIn('header').map(([header, value]) => [header, String(value)] as const)]
  for (const id of sent?.security ?? Object.keys(security[0] ?? {})) {
    const scheme = securitySchemes[id]
    if (scheme?.in === 'query') query.set(scheme.name ?? '', placeholderOf(id))
    else if (scheme) headers.push(credentialHeader(id, scheme))
  }
  headers.push(...Object.entries(sent?.headers ?? {}))
  const body = bodyOf(operation, name)
  const filled = valuesIn('path').reduce(
    (text, [parameter, value]) => text.replace(`{${parameter}}`, encodeURIComponent(String(value))),
    path,
  )
  return {
    name,
    method: method.toUpperCase(),
    url: base + filled + (query.size > 0 ? `?${query}` : ''),
    headers: body ? [...headers, ['Content-Type', body.type]] : headers,
    ...(body && { body: body.text }),
  }
}

function firstExample({ responses }: Operation): [name: string, sent: Sent | undefined] | undefined {
  const success = Object.entries(responses).flatMap(([status, { content = {}, 'x-examples': others = {} }]) =>
    status < '400' ? [...Object.values(content).map(({ examples = {} }) => examples), others] : [],
  )
  const [first] = success.flatMap((examples) => Object.entries(examples))
  return first && [first[0], first[1]['x-request']]
}

/** An object is several parameters. */
const pairsOf = (name: string, value: unknown): [string, string][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([member, item]) =>
        [item].flat().map((text): [string, string] => [member, String(text)]),
      )
    : [[name, String(value)]]

function credentialHeader(id: string, { scheme, name = '' }: SecurityScheme): [string, string] {
  if (scheme === 'basic') return ['Authorization', `Basic BASE64_OF_${placeholderOf(id)}`]
  return scheme === 'bearer' ? ['Authorization', `Bearer ${placeholderOf(id)}`] : [name, placeholderOf(id)]
}

function bodyOf({ requestBody }: Operation, name: string): { type: string; text: string } | undefined {
  for (const [type, { examples }] of Object.entries(requestBody?.content ?? {})) {
    const value = examples?.[name]?.value
    if (value === undefined) continue
    if (typeof value === 'string') return { type, text: value }
    if (type === 'application/x-www-form-urlencoded')
      return { type, text: `${new URLSearchParams(pairsOf('', value))}` }
    if (type === 'multipart/form-data') return { type: `${type}; boundary=${BOUNDARY}`, text: multipartText(value) }
    return { type, text: JSON.stringify(value) }
  }
  return undefined
}

/** Lists are files. */
function multipartText(value: unknown): string {
  const parts = Object.entries(value ?? {}).flatMap(([name, item]) =>
    [item].flat().map((text) => {
      const file = Array.isArray(item) ? '; filename="notes.txt"\r\nContent-Type: text/plain' : ''
      return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${text}\r\n`
    }),
  )
  return `${parts.join('')}--${BOUNDARY}--\r\n`
}
