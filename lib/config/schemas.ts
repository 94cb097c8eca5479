import { createPrivateKey } from 'node:crypto'
import * as z from 'zod/mini'
import { isInRange, type Position } from '../core/position.ts'
import { parsedString } from '../core/zod-helpers.ts'

/** How texts of the environment are read; `config.ts` says which setting is which. No message quotes a value. */

/** In any letter case: Python writes True. */
export const booleanText = (byDefault: boolean) =>
  z._default(
    z.pipe(
      z.pipe(z.string().check(z.toLowerCase()), z.enum(['true', 'false'], 'must be true or false')),
      z.transform((text) => text === 'true'),
    ),
    byDefault,
  )

export const minutes = (byDefault: number) =>
  z._default(
    z.coerce
      .number('must be a number of minutes')
      .check(
        z.multipleOf(1, 'must be a whole number of minutes'),
        z.minimum(1, 'must be at least 1 minute'),
        z.maximum(1440, 'must be at most 1440 minutes, which is a day'),
      ),
    byDefault,
  )

export const atLeast = (least: number, of: string) =>
  z.coerce.number(`must be a number of ${of}`).check(z.minimum(least, `must be at least ${least}`))

export const integerBetween = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`
  return z.coerce.number(message).check(z.multipleOf(1, message), z.minimum(least, message), z.maximum(most, message))
}

const POSITION = 'must be latitude (-90 to 90),longitude (-180 to 180), and perhaps ,height in metres'
const DECIMALS = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*(?:,\s*(-?\d+(?:\.\d+)?)\s*)?$/

/** Degrees of latitude and longitude, and optionally metres of height, separated by commas. */
export const position = parsedString((text): Position | undefined => {
  const [, latText, lonText, heightText] = DECIMALS.exec(text) ?? []
  const [lat, lon] = [Number(latText), Number(lonText)]
  if (!isInRange(lat, lon)) return undefined
  return { lat, lon, ...(heightText !== undefined && { height: Number(heightText) }) }
}, POSITION)

const jsonText = parsedString((text): unknown => JSON.parse(text), 'must be JSON')

export const KEY_SET_MESSAGE = 'must be a JWK set of Ed25519 keys, each with a kid'
const base64url = z.string(KEY_SET_MESSAGE).check(z.minLength(1, KEY_SET_MESSAGE))
/** 32 bytes: one half of an Ed25519 key (RFC 8037). */
export const ed25519Half = z.string(KEY_SET_MESSAGE).check(z.regex(/^[\w-]{43}$/, KEY_SET_MESSAGE))
export const ed25519Members = {
  kty: z.literal('OKP', KEY_SET_MESSAGE),
  crv: z.literal('Ed25519', KEY_SET_MESSAGE),
  kid: base64url,
  x: ed25519Half,
}
export const keySet = <Key extends z.ZodMiniType<{ kid: string }>>(key: Key) =>
  z
    .pipe(
      jsonText,
      z.object({ keys: z.array(key, KEY_SET_MESSAGE).check(z.minLength(1, KEY_SET_MESSAGE)) }, KEY_SET_MESSAGE),
    )
    .check(
      z.refine(
        ({ keys }) => new Set(keys.map(({ kid }) => kid)).size === keys.length,
        'must have a kid of its own for each key',
      ),
    )

const asJson = (text: string): string =>
  text.trim().startsWith('[') ? text : JSON.stringify(text.split(',').map((salt) => salt.trim()))

/** Salts as a JSON array, as co2logserver has it, or separated by commas. */
export const salts = z._default(
  z.pipe(
    parsedString((text): unknown => JSON.parse(asJson(text)), 'must be JSON'),
    z.array(
      z.string('must hold texts only').check(z.minLength(1, 'must hold no empty salt')),
      'must be a JSON array of texts, or texts separated by commas',
    ),
  ),
  [],
)

export const pattern = z.prefault(
  parsedString((text) => new RegExp(`^(?:${text})$`, 'u'), 'must be a regular expression'),
  '.*',
)

const names = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

/** Texts separated by commas. */
export const list = z.pipe(z.string(), z.transform(names))

export const columnNames = (byDefault: string) =>
  z.prefault(
    parsedString((text) => {
      const columns = names(text.toLowerCase())
      return columns.length > 0 ? columns : undefined
    }, 'must name one column at least'),
    byDefault,
  )

/** Names separated by commas, each out of a list; `none` for none at all. */
export const namesFrom = <const Name extends string>(known: readonly Name[]) =>
  z.pipe(
    z.pipe(
      list,
      z.transform((given) => (given.join() === 'none' ? [] : given)),
    ),
    z.array(z.enum(known, `must be names out of ${known.join(', ')}, separated by commas, or none`)),
  )

/** Where a provider is: https, or http on this very machine. Secrets travel there. */
export const providerUrl = parsedString((text) => {
  const url = new URL(text)
  const isLocal = url.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !isLocal) return undefined
  if (`${url.username}${url.password}${url.search}${url.hash}` !== '') return undefined
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}, 'must be an https URL without user name, query or fragment')

/** A key or token that is sent in a header. */
export const headerText = z.string().check(z.regex(/^[\x21-\x7e]+$/, 'must be ASCII characters without blanks'))

/** Headers that have a meaning of their own, or do not reach a function. */
const TAKEN_HEADERS = ['authorization', 'connection', 'content-length', 'content-type', 'cookie', 'host', '__proto__']

/** A header that a provider is told to send, as `Name: value`. The name is in lower case from here on. */
export const headerLine = parsedString((text) => {
  const [, name = '', value] =
    /^\s*([\w!#$%&'*+.^`|~-]+):\s*([\x21-\x7e][\x20-\x7e]{6,}[\x21-\x7e])\s*$/.exec(text) ?? []
  const lowered = name.toLowerCase()
  return value !== undefined && !TAKEN_HEADERS.includes(lowered) ? { name: lowered, value } : undefined
}, 'must be Name: value, with a name of its own and 8 ASCII characters at least')

export const tableName = z.string().check(z.minLength(3))

/** An RSA private key: PEM text, its line ends perhaps written as `\\n`, or the path of a PEM file. */
export const rsaKey = parsedString((text) => {
  // Taken when it is needed: as an import, the whole of it would be made ready at the start.
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const pem = text.includes('-----BEGIN') ? text.replaceAll('\\n', '\n') : readFileSync(text, 'utf8')
  const key = createPrivateKey(pem)
  return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048 ? key : undefined
}, 'must be an RSA private key of 2048 bits at least in PEM, or the path of a file with one')
