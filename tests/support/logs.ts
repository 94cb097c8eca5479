import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { vi } from 'vitest'

/** All that the functions have written in this process, logs and metrics. */
const written: string[] = []

/** Gathers the functions' output until the file of tests ends, instead of showing it; that of others is shown as ever. */
export function gatherLogs(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (vi.isMockFunction(stream.write)) continue
    const show = stream.write.bind(stream)
    vi.spyOn(stream, 'write').mockImplementation((chunk, ...rest) => gather(String(chunk)) || show(chunk, ...rest))
  }
}

function gather(text: string): boolean {
  const ours = /^\{"(?:_aws|level)"/.test(text)
  if (ours) written.push(text)
  return ours
}

/** What was written from a moment on. */
export const outputSince = (moment: number): string => written.slice(moment).join('')

/** The moment that it is, for `outputSince` and `leaksSince`. */
export const logged = (): number => written.length

const SENSITIVE = /token|secret|password|email|cookie|authorization|signature|^key$|api-?key|salt|^pin$|^sid$/i
/** Shorter texts are found in any log by chance. */
const SHORTEST = 6

/**
 * What of a call is found in the output since: credentials and other texts under names that say so, the whole body or
 * query, anything that looks like an e-mail address or a JWT.
 */
export function leaksSince(
  before: number,
  event: APIGatewayProxyEventV2,
  result: APIGatewayProxyStructuredResultV2 | undefined,
  secrets: readonly string[],
): string[] {
  const output = outputSince(before)
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString()
  const texts = [
    ...secrets,
    ...named(Object.entries(event.headers)),
    ...named([...new URLSearchParams(event.rawQueryString)]),
    ...leaves(parsed(body)),
    ...leaves(parsed(result?.body ?? '')),
  ]
  const found = texts.filter((text) => text.length >= SHORTEST && output.includes(text))
  // As it stands, and as it stands within a JSON text.
  const wholes = [event.rawQueryString, body].filter((text) => text.length >= 20)
  found.push(...wholes.filter((text) => output.includes(text) || output.includes(JSON.stringify(text).slice(1, -1))))
  found.push(...(output.match(/\bey[\w-]{10,}\.[\w-]+|[\w.+-]+@[\w-]+\.[a-z]{2,}/gi) ?? []))
  return found.map((text) => `${event.routeKey}: ${text.slice(0, 80)}`)
}

const named = (pairs: [string, string | undefined][]): string[] =>
  pairs.flatMap(([name, value = '']) => (SENSITIVE.test(name) ? [value, ...value.split(/\s+/)] : []))

/** What lies deeper than any request of ours is there to break a reader. */
function leaves(value: unknown, name = '', depth = 10): string[] {
  if (typeof value === 'string') return SENSITIVE.test(name) ? [value] : []
  if (typeof value !== 'object' || value === null || depth === 0) return []
  return Object.entries(value).flatMap(([key, each]) => leaves(each, Array.isArray(value) ? name : key, depth - 1))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Of millions of names without values, URLSearchParams would read for minutes.
    return Object.fromEntries(new URLSearchParams(text.slice(0, 200_000)))
  }
}
