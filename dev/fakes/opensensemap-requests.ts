import { STATUS_CODES } from 'node:http'
import type { FakeCall, FakeReply } from './fake.ts'

/** An error of openSenseMap, with its own text. `more` is merged into the body. */
export class FakeError extends Error {
  readonly status: number
  readonly more: Record<string, unknown>

  constructor(status: number, message: string, more: Record<string, unknown> = {}) {
    super(message)
    this.status = status
    this.more = more
  }
}

const CLASSIC_CODES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  415: 'UnsupportedMediaType',
  422: 'UnprocessableEntity',
  500: 'InternalServer',
}

/** The reply to an error; unexpected errors become a 500. */
export function errorReply(error: unknown, isSuccessor: boolean): FakeReply {
  const { status, message, more } = error instanceof FakeError ? error : new FakeError(500, String(error))
  const reason = status === 422 ? 'Unprocessable Content' : STATUS_CODES[status]
  const names = isSuccessor ? { code: reason, error: reason } : { code: CLASSIC_CODES[status] }
  return { status, body: { ...names, message, ...more } }
}

export type Parameters = Readonly<Record<string, unknown>>

/** The members of a JSON object; none for any other value. */
export const membersOf = (value: unknown): Parameters =>
  typeof value === 'object' && !Array.isArray(value) ? Object.fromEntries(Object.entries(value ?? {})) : {}

/** Body and query merged; the query takes precedence. A repeated name becomes an array. */
export function parametersOf({ body, query }: FakeCall): Parameters {
  const fromQuery = [...new Set(query.keys())].map((name) => {
    const values = query.getAll(name)
    return [name, values.length > 1 ? values : values[0]]
  })
  return { ...membersOf(body), ...Object.fromEntries(fromQuery) }
}

export function requireJson({ headers, body, text }: FakeCall): void {
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) {
    throw new FakeError(415, 'Unsupported content-type. Try application/json')
  }
  requireReadable(body, text)
}

/** Rejects a body that is not JSON. The real text of this error is not known. */
export function requireReadable(body: unknown, text: string): void {
  if (body === undefined && text !== '') throw new FakeError(400, 'Invalid JSON', { code: 'InvalidContent' })
}

/** Whether a text is the id of a box or a sensor. openSenseMap rejects the id of its documentation's examples. */
export const isId = (text: string): boolean => /^[0-9a-f]{24}$/i.test(text) && text !== '00112233445566778899aabb'

export function requireId(name: string, text: string): string {
  if (!isId(text)) throw unparseable(name, 'id')
  return text.toLowerCase()
}

/** undefined if the parameter is missing. Blanks alone are an empty text, which only some parameters may be. */
export function textOf(parameters: Parameters, name: string, mayBeEmpty = false): string | undefined {
  const value = parameters[name]
  if (value === undefined) return undefined
  if (Array.isArray(value)) throw new FakeError(400, `Parameter ${name} must only be specified once`)
  const text = String(value ?? '').trim()
  if (text === '' && !mayBeEmpty) throw unparseable(name, 'String')
  return text
}

export function requireText(parameters: Parameters, name: string): string {
  const text = textOf(parameters, name)
  if (text === undefined) throw missingParameter(name)
  return text
}

export function choiceOf(parameters: Parameters, name: string, allowed: readonly string[]): string | undefined {
  const text = textOf(parameters, name)
  if (text === undefined || allowed.includes(text)) return text
  throw new FakeError(422, `Illegal value for parameter ${name}. allowed values: ${allowed.join(', ')}`)
}

/** `true` may be JSON, `false` must be a string, as at the real openSenseMap. */
export function flagOf(parameters: Parameters, name: string): boolean | undefined {
  const value = parameters[name] === false ? 'JSON false' : parameters[name]
  const text = choiceOf({ [name]: value }, name, ['true', 'false'])
  return text === undefined ? undefined : text === 'true'
}

/** An array, or a comma-separated text. */
export function textsOf(parameters: Parameters, name: string, mayBeEmpty = false): string[] | undefined {
  const value = parameters[name]
  if (value === undefined) return undefined
  const items: unknown[] = Array.isArray(value) ? value : String(value ?? '').split(',')
  const texts = items.map((item) => String(item).trim())
  if (!mayBeEmpty && texts.includes('')) throw unparseable(name, 'array of String')
  return texts.filter((text) => text !== '')
}

export function objectsOf(parameters: Parameters, name: string): Parameters[] | undefined {
  const value = parameters[name]
  if (value === undefined) return undefined
  const items: unknown[] = Array.isArray(value) ? value : [value]
  return items.map((item) => {
    if (typeof item !== 'object' || item === null) throw unparseable(name, 'array of object')
    return membersOf(item)
  })
}

export function locationOf(parameters: Parameters): number[] | undefined {
  if (parameters['location'] === undefined) return undefined
  const coordinates = coordinatesOf(parameters['location'])
  if (typeof coordinates !== 'string') return coordinates
  throw new FakeError(422, `Illegal value for parameter location. ${coordinates}`)
}

/** Longitude, latitude and optional height; a string describes what is wrong with them. */
export function coordinatesOf(value: unknown): number[] | string {
  const members = membersOf(value)
  const values: unknown[] = Array.isArray(value) ? value : [members['lng'], members['lat'], members['height']]
  const [lng, lat, height] = values.map(numberParameter)
  if (lng === undefined || lat === undefined) return `no longitude or no latitude in ${JSON.stringify(value)}`
  if (Math.abs(lng) > 180 || Math.abs(lat) > 90)
    return `longitude or latitude out of bounds in ${JSON.stringify(value)}`
  return [rounded(lng, 7), rounded(lat, 7), ...(height === undefined ? [] : [rounded(height, 4)])]
}

const rounded = (value: number, decimals: number) => Math.round(value * 10 ** decimals) / 10 ** decimals

/** The page number, from 0. */
export function pageOf(parameters: Parameters): number {
  const page = Number(textOf(parameters, 'page') ?? 0)
  if (!Number.isSafeInteger(page) || page < 0) throw unparseable('page', 'Integer')
  return page
}

/** A number, or a text that is a number; undefined otherwise. */
export function numberParameter(value: unknown): number | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : ''
  const number = Number(text)
  return text !== '' && Number.isFinite(number) ? number : undefined
}

export const missingParameter = (name: string): FakeError => new FakeError(400, `missing required parameter ${name}`)

const unparseable = (name: string, type: string) =>
  new FakeError(422, `Parameter ${name} is not parseable as datatype ${type}`)

/** The route of a path, with its ids replaced by placeholders, and the ids. */
export function parsePath(path: string): { route: string; id: string; sensor: string } {
  const [, id = '', sensor = ''] = /^\/boxes\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? []
  if (id === '') return { route: path, id, sensor }
  return { route: `/boxes/:id${sensor === '' ? '' : sensor === 'data' ? '/data' : '/:sensorId'}`, id, sensor }
}

export interface RateLimit {
  posts: number
  windowMs: number
  header: string
  /** Formats the seconds to wait for the header. */
  wait: (seconds: number) => string
}

/** Limits as the proxy of openSenseMap does: every POST that it passes on uses the limit, whatever the response. */
export function postLimiter(): (call: FakeCall, limit: RateLimit, isSuccessor: boolean) => FakeReply | undefined {
  let posts: number[] = []
  return ({ method, path }, { posts: allowed, windowMs, header, wait }, isSuccessor) => {
    if (method !== 'POST' || !/^\/boxes(\/|$)/.test(path)) return undefined
    const now = Date.now()
    posts = posts.filter((time) => time > now - windowMs)
    if (posts.length < allowed) return void posts.push(now)
    const end = (posts[0] ?? now) + windowMs
    const headers = { [header]: wait(Math.ceil((end - now) / 1000)) }
    if (!isSuccessor) return { status: 429, body: 'Too Many Requests', headers }
    const message = 'Too many requests. Please retry after the rate limit resets.'
    const reset = { 'RateLimit-Remaining': '0', 'RateLimit-Reset': String(Math.ceil(end / 1000)) }
    const policy = { 'RateLimit-Limit': String(allowed), 'RateLimit-Policy': `${allowed};w=${windowMs / 1000}` }
    return { status: 429, body: { code: 'rate_limit_exceeded', message }, headers: { ...policy, ...reset, ...headers } }
  }
}
