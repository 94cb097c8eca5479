import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import * as z from 'zod'
import { parseJsonOrUndefined } from '../lib/core/json.ts'
import { parseBody } from '../lib/measurements/parse-body.ts'
import { Warnings } from '../lib/measurements/warnings.ts'
import type { Exchange } from './http-api.ts'
import { colourOf } from './log-lines.ts'
import { plain } from './plain-text.ts'

/** A request as `npm start` logs it. It has no body, query, header or path parameter. */
export interface RequestLine {
  level: 'INFO' | 'WARN' | 'ERROR'
  /** Method and route, as in serverless.yml. */
  message: string
  status: number
  /** What was done, such as `2 rows, garden`, or the code of the error. */
  what: string
  ms: number
}

/** Reading the boxes of longer uploads would delay requests. */
const MAX_BYTES = 65_536
const BOX = /box/i
const MAX_BOXES = 3
const MAX_BOX_CHARACTERS = 40

export function toRequestLine({ method, routeKey, event, result, ms }: Exchange): RequestLine {
  const { statusCode: status = 200 } = result
  return {
    level: status >= 500 ? 'ERROR' : status >= 400 ? 'WARN' : 'INFO',
    // A path without a route can contain anything, such as a pasted token.
    message: routeKey === undefined || routeKey === '$default' ? `${method} (no endpoint)` : routeKey,
    status,
    what: status >= 400 ? errorOf(routeKey, result) : [...rowCount(result), ...boxesOf(event)].join(', '),
    ms: Math.round(ms),
  }
}

const errorBody = z.union([
  z.object({ code: z.string() }).transform(({ code }) => code),
  z.object({ error: z.string() }).transform(({ error }) => error),
  z.object({ message: z.string() }).transform(({ message }) => message),
])

/** The code of an error. The developer of a webhook does not see the response, so the line has its sentence too. */
function errorOf(routeKey: string | undefined, result: Exchange['result']): string {
  const code = errorBody.safeParse(bodyOf(result)).data ?? ''
  const detail = z.object({ detail: z.string() }).safeParse(bodyOf(result)).data?.detail
  return routeKey?.startsWith('POST /webhook') && detail ? `${code}: ${detail}` : code
}

const uploaded = z.object({ 'saved-in-db': z.number() })

function rowCount(result: Exchange['result']): string[] {
  const rows = uploaded.safeParse(bodyOf(result)).data?.['saved-in-db']
  return rows === undefined ? [] : [rows === 1 ? '1 row' : `${rows} rows`]
}

const bodyOf = ({ body = '', isBase64Encoded }: Exchange['result']): unknown =>
  isBase64Encoded || body.length > MAX_BYTES ? undefined : parseJsonOrUndefined(body)

/** The boxes in the body of a short upload, which are names that the developer has chosen. */
function boxesOf(event: APIGatewayProxyEventV2 | undefined): string[] {
  const { routeKey, body = '', isBase64Encoded, headers = {} } = event ?? {}
  if (routeKey !== 'POST /upload' || body.length > MAX_BYTES || headers['content-encoding'] !== undefined) return []
  // Most uploads have none, and are not parsed a second time.
  if (!isBase64Encoded && !BOX.test(body)) return []
  try {
    const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
    const columns = parseBody(headers['content-type'], bytes, new Warnings())
    const [, values = []] = columns.find(([name]) => name.toLowerCase() === 'box') ?? []
    const boxes = [...new Set(values.filter((value) => typeof value === 'string' && value !== ''))].map(String)
    return [
      ...boxes.slice(0, MAX_BOXES).map((box) => plain(box.slice(0, MAX_BOX_CHARACTERS))),
      ...(boxes.length > MAX_BOXES ? [`${boxes.length - MAX_BOXES} more`] : []),
    ]
  } catch {
    return []
  }
}

/** A line for people: time, method and route, status, what, milliseconds. In colour if `stream` is a terminal. */
export function formatRequestLine(
  { level, message, status, what, ms }: RequestLine,
  at: Date,
  stream: Writable,
): string {
  const style = (format: Parameters<typeof styleText>[0], text: string) => styleText(format, text, { stream })
  const [method = '', route = ''] = message.split(/ (.*)/s)
  const time = at.toTimeString().slice(0, 8)
  const start = `${style('dim', time)} ${method.padEnd(6)} ${route.padEnd(20)} ${style(colourOf(level), String(status))}`
  return `${start}  ${what.padEnd(24)} ${style('dim', `${ms} ms`)}`
}
