import * as z from 'zod/mini'
import { isInRange, type Position } from '../core/position.ts'
import { booleanString, parsedString } from '../core/zod-helpers.ts'

/**
 * Schemas that read a setting from text; `settings-table.ts` has the settings, which
 * create them on use. No message quotes a value.
 */

/** In any letter case: Python writes True. */
export const booleanText = (defaultValue: boolean) =>
  z._default(z.pipe(z.string().check(z.toLowerCase()), booleanString), defaultValue)

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL', 'SILENT']

/** A level of Powertools, in any letter case. */
export const logLevel = () =>
  z.pipe(z.string().check(z.toUpperCase()), z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`))

export const minutes = (defaultValue: number) =>
  z._default(
    z.coerce
      .number('must be a number of minutes')
      .check(
        z.multipleOf(1, 'must be a whole number of minutes'),
        z.minimum(1, 'must be at least 1 minute'),
        z.maximum(1440, 'must be at most 1440 minutes, which is a day'),
      ),
    defaultValue,
  )

export const atLeast = (minimum: number, unit: string) =>
  z.coerce.number(`must be a number of ${unit}`).check(z.minimum(minimum, `must be at least ${minimum}`))

export const integerBetween = (minimum: number, maximum: number) => {
  const message = `must be a whole number from ${minimum} to ${maximum}`
  return z.coerce
    .number(message)
    .check(z.multipleOf(1, message), z.minimum(minimum, message), z.maximum(maximum, message))
}

/** Days after which stored data expire: at most a hundred years. */
export const retentionDays = () => integerBetween(1, 36_500)

const DECIMALS = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*(?:,\s*(-?\d+(?:\.\d+)?)\s*)?$/

/** Degrees of latitude and longitude, and optionally metres of height, separated by commas. */
export const position = () =>
  parsedString((text): Position | undefined => {
    const [, latText, lonText, heightText] = DECIMALS.exec(text) ?? []
    const [lat, lon] = [Number(latText), Number(lonText)]
    if (!isInRange(lat, lon)) return undefined
    return { lat, lon, ...(heightText !== undefined && { height: Number(heightText) }) }
  }, 'must be latitude,longitude (-90 to 90 and -180 to 180 degrees), optionally followed by ,height in metres')

/** A regular expression for whole names. */
export const pattern = () =>
  z.prefault(
    parsedString((text) => new RegExp(`^(?:${text})$`, 'u'), 'must be a regular expression'),
    '.*',
  )

const splitNames = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

/** Names separated by commas. */
export const list = () => z.pipe(z.string(), z.transform(splitNames))

/** Names separated by commas, each of which matches a pattern. */
const listOf = (pattern: RegExp, message: string) =>
  z.pipe(list(), z.array(z.string().check(z.regex(pattern, message))))

/** Origins of pages, as browsers send them. API Gateway compares them as texts. */
export const origins = () =>
  listOf(
    /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,]+)$/,
    'must be *, or origins such as https://app.example without a path, separated by commas',
  )

const TAG = /^(?!aws:)([\p{L}\p{N} +\-._:/@]{1,128})=([\p{L}\p{N} +\-=._:/@]{0,256})$/iu

/** Tags of AWS resources, as a record. IAM compares keys in lower case, and Latchkey sets two of them. */
export const tags = () =>
  parsedString((text) => {
    const pairs = splitNames(text).map((pair) => TAG.exec(pair))
    const keys = ['service', 'stage', ...pairs.map((pair) => pair?.[1]?.toLowerCase())]
    if (keys.includes(undefined) || new Set(keys).size < keys.length) return undefined
    return Object.fromEntries(pairs.map((pair): [string, string] => [pair?.[1] ?? '', pair?.[2] ?? '']))
  }, 'must be tags such as team=air,cost-centre=4711, each with a key of its own other than service and stage')

/** Origins of pages that may show the data page in a frame. They become a part of a header, so the pattern is strict. */
export const embedOrigins = () =>
  listOf(
    /^https:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/,
    'must be https origins such as https://app.example without a path, separated by commas',
  )

export const emailAddress = () => z.string().check(z.regex(/^[^\s@,]+@[^\s@,]+$/, 'must be one e-mail address'))

export const columnNames = (defaultText: string) =>
  z.prefault(
    parsedString((text) => {
      const columns = splitNames(text.toLowerCase())
      return columns.length > 0 ? columns : undefined
    }, 'must name at least one column'),
    defaultText,
  )

/** Names separated by commas, each out of `allowed`; `none` for an empty list. */
export const namesFrom = <const Name extends string>(allowed: readonly Name[]) =>
  z.pipe(
    z.pipe(
      list(),
      z.transform((names) => (names.join() === 'none' ? [] : names)),
    ),
    z.array(z.enum(allowed, `must be none, or names separated by commas, out of ${allowed.join(', ')}`)),
  )

/** The base URL of a provider: https, or http on this machine, because secrets are sent there. No trailing slash. */
export const providerUrl = () =>
  parsedString((text) => {
    const url = new URL(text)
    const isLocal = url.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
    if (url.protocol !== 'https:' && !isLocal) return undefined
    if (`${url.username}${url.password}${url.search}${url.hash}` !== '') return undefined
    return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
  }, 'must be an https URL without user name, query or fragment')

/**
 * The address of this service. It is the issuer of tokens and compared as text, so that one address must have one form.
 * Routes have no prefix, so that a path would not work.
 */
export const publicUrl = () =>
  parsedString((text) => {
    const url = new URL(text)
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
    const isOrigin = `${url.username}${url.password}${url.search}${url.hash}` === '' && url.pathname === '/'
    return isOrigin && !/[?#]/.test(text) ? url.origin : undefined
  }, 'must be an http or https URL without user name, path, query or fragment')

export const domainName = () =>
  z
    .string()
    .check(
      z.regex(
        /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
        'must be a host name in lower case, such as api.example.org',
      ),
    )

export const policyArn = () =>
  z
    .string()
    .check(z.regex(/^arn:[a-z-]+:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]+$/, 'must be the ARN of an IAM policy'))

export const certificateArn = () =>
  z
    .string()
    .check(
      z.regex(
        /^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
        'must be the ARN of a certificate of AWS Certificate Manager',
      ),
    )

export const tableName = () => z.string().check(z.minLength(3))
/** Without dots, with which the certificate of S3 does not match the host. */
export const bucketName = () =>
  z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'))
