import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { vi } from 'vitest'

/** All output of the functions in this process, logs and metrics. */
const written: string[] = []

/** Captures the functions' output until the test file ends, without displaying it. Other output is displayed. */
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

/** The output since a moment. */
export const outputSince = (moment: number): string => written.slice(moment).join('')

/** The current moment, for `outputSince` and `leaksSince`. */
export const logged = (): number => written.length

/** The metrics that `run` publishes with all their dimensions, without the namespace and the service. */
export async function metricsOf(run: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const before = logged()
  await run()
  return outputSince(before)
    .split('\n')
    .filter((line) => line.startsWith('{"_aws"'))
    .map((line) => {
      const { _aws, service, ...metric } = JSON.parse(line)
      return metric
    })
}

const SENSITIVE = /token|secret|password|email|cookie|authorization|signature|^key$|api-?key|salt|^pin$|^sid$/i
/** A body whose fields neither JSON nor URLSearchParams finds. */
const MULTIPART = /^multipart\//i
/** Shorter texts occur in any log by chance. */
const SHORTEST = 6

/**
 * Data of a call in the output since `before`: texts with sensitive names, such as credentials, and the whole body or
 * query. Texts in the form of an e-mail address or a JWT are leaks as well.
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
    ...(MULTIPART.test(event.headers['content-type'] ?? '') ? [] : leaves(parsed(body))),
    ...(result?.isBase64Encoded ? [] : leaves(parsed(result?.body ?? ''))),
  ]
  const found = texts.filter((text) => text.length >= SHORTEST && output.includes(text))
  // Unchanged, and escaped as within a JSON text, which is not shorter.
  const wholes = [event.rawQueryString, body].filter((text) => text.length >= 20 && text.length <= output.length)
  found.push(...wholes.filter((text) => output.includes(text) || output.includes(JSON.stringify(text).slice(1, -1))))
  found.push(...(output.match(/\bey[\w-]{10,}\.[\w-]+|[\w.+-]+@[\w-]+\.[a-z]{2,}/gi) ?? []))
  return found.map((text) => `${event.routeKey}: ${text.slice(0, 80)}`)
}

const named = (pairs: [string, string | undefined][]): string[] =>
  pairs.flatMap(([name, value = '']) => (SENSITIVE.test(name) ? [value, ...value.split(/\s+/)] : []))

/** Deeper values are attacks on the parser. */
function leaves(value: unknown, name = '', depth = 10): string[] {
  if (typeof value === 'string') return SENSITIVE.test(name) ? [value] : []
  if (typeof value !== 'object' || value === null || depth === 0) return []
  return Object.entries(value).flatMap(([key, each]) => leaves(each, Array.isArray(value) ? name : key, depth - 1))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // URLSearchParams would need minutes for millions of names without values.
    return Object.fromEntries(new URLSearchParams(text.slice(0, 200_000)))
  }
}
