import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import type { Position } from './forwarding/position.ts'

/** How texts of the environment are read; `config.ts` says which setting is which. No message quotes a value. */

/** In any letter case: Python writes True. */
export const flag = (byDefault: boolean) =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(['true', 'false'], 'must be true or false'))
    .transform((text) => text === 'true')
    .default(byDefault)

export const minutes = (byDefault: number) =>
  z.coerce
    .number('must be a number of minutes')
    .int('must be a whole number of minutes')
    .min(1, 'must be at least 1 minute')
    .max(1440, 'must be at most 1440 minutes, which is a day')
    .default(byDefault)

export const atLeast = (least: number, of: string) =>
  z.coerce.number(`must be a number of ${of}`).min(least, `must be at least ${least}`)

export const wholeFrom = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`
  return z.coerce.number(message).int(message).min(least, message).max(most, message)
}

const POSITION = 'must be latitude (-90 to 90),longitude (-180 to 180), and perhaps ,height in metres'
const DEGREES_AND_METRES = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*(?:,\s*(-?\d+(?:\.\d+)?)\s*)?$/

/** Latitude, longitude and perhaps height, separated by commas. */
export const position = z.string().transform((text, context): Position => {
  const [, lat, lon, height] = DEGREES_AND_METRES.exec(text) ?? []
  if (lat !== undefined && Math.abs(Number(lat)) <= 90 && Math.abs(Number(lon)) <= 180)
    return { lat: Number(lat), lon: Number(lon), ...(height !== undefined && { height: Number(height) }) }
  context.addIssue({ code: 'custom', message: POSITION })
  return z.NEVER
})

const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' })
    return z.NEVER
  }
})

export const KEY_SET = 'must be a JWK set of Ed25519 keys, each with a kid'
const base64url = z.string(KEY_SET).min(1, KEY_SET)
/** 32 bytes: one half of an Ed25519 key (RFC 8037). */
export const half = z.string(KEY_SET).regex(/^[\w-]{43}$/, KEY_SET)
export const okp = { kty: z.literal('OKP', KEY_SET), crv: z.literal('Ed25519', KEY_SET), kid: base64url, x: half }
export const keySet = <Key extends z.ZodType<{ kid: string }>>(key: Key) =>
  jsonText
    .pipe(z.object({ keys: z.array(key, KEY_SET).min(1, KEY_SET) }, KEY_SET))
    .refine(
      ({ keys }) => new Set(keys.map(({ kid }) => kid)).size === keys.length,
      'must have a kid of its own for each key',
    )

/** Salts as a JSON array, as co2logserver has it, or separated by commas. */
export const salts = z
  .string()
  .default('[]')
  .transform((text) =>
    text.trim().startsWith('[') ? text : JSON.stringify(text.split(',').map((salt) => salt.trim())),
  )
  .pipe(jsonText)
  .pipe(
    z.array(
      z.string('must hold texts only').min(1, 'must hold no empty salt'),
      'must be a JSON array of texts, or texts separated by commas',
    ),
  )

export const pattern = z
  .string()
  .default('.*')
  .transform((text, context) => {
    try {
      return new RegExp(`^(?:${text})$`, 'u')
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a regular expression' })
      return z.NEVER
    }
  })

/** Texts separated by commas. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
)

export const columnNames = (byDefault: string) =>
  list
    .transform((names) => names.map((name) => name.toLowerCase()))
    .refine((names) => names.length > 0, 'must name one column at least')
    .default(byDefault.split(','))

/** Names separated by commas, each out of a list; `none` for none at all. */
export const namesOutOf = <const Name extends string>(names: readonly Name[]) =>
  list
    .transform((given) => (given.join() === 'none' ? [] : given))
    .pipe(z.array(z.enum(names, `must be names out of ${names.join(', ')}, separated by commas, or none`)))

/** Where a provider is: https, or http on this very machine. Secrets travel there. */
export const providerUrl = z
  .string()
  .transform((text) => URL.parse(text))
  .refine(
    (url) =>
      url !== null &&
      (url.protocol === 'https:' ||
        (url.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname))) &&
      `${url.username}${url.password}${url.search}${url.hash}` === '',
    'must be an https URL without user name, query or fragment',
  )
  .transform((url) => `${url?.origin}${url?.pathname}`.replace(/\/+$/, ''))

/** A key or token that is sent in a header. */
export const headerText = z.string().regex(/^[\x21-\x7e]+$/, 'must be ASCII characters without blanks')

/** Headers that have a meaning of their own, or do not reach a function. */
const TAKEN_HEADERS = ['authorization', 'connection', 'content-length', 'content-type', 'cookie', 'host', '__proto__']

/** A header that a provider is told to send, as `Name: value`. The name is in lower case from here on. */
export const headerLine = z.string().transform((text, context) => {
  const [, name = '', value] =
    /^\s*([\w!#$%&'*+.^`|~-]+):\s*([\x21-\x7e][\x20-\x7e]{6,}[\x21-\x7e])\s*$/.exec(text) ?? []
  const lowered = name.toLowerCase()
  if (value !== undefined && !TAKEN_HEADERS.includes(lowered)) return { name: lowered, value }
  const message = 'must be Name: value, with a name of its own and 8 ASCII characters at least'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

export const tableName = z.string().min(3)

/** An RSA private key: PEM text, its line ends perhaps written as `\\n`, or the path of a PEM file. */
export const rsaKey = z.string().transform((text, context) => {
  try {
    const pem = text.includes('-----BEGIN') ? text.replaceAll('\\n', '\n') : readFileSync(text, 'utf8')
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048) return key
  } catch {
    // Told below, without the cause: it may quote the key.
  }
  context.addIssue({
    code: 'custom',
    message: 'must be an RSA private key of 2048 bits at least in PEM, or the path of a file with one',
  })
  return z.NEVER
})
