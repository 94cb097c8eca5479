import { createPrivateKey } from 'node:crypto'
import * as z from 'zod/mini'
import { parseJsonOrUndefined } from '../core/json.ts'
import { parsedString } from '../core/zod-helpers.ts'

/** Schemas that read a secret from text, created on use. No message quotes a value. */

export const adminToken = () =>
  z
    .string()
    .check(
      z.regex(
        /^(?:sha256:[0-9a-f]{64}|[\w~+/=-]{16,})$/,
        'must be at least 16 letters, digits or _ ~ + / = -, or sha256: and a digest',
      ),
    )

/** 32 bytes in base64url. */
export const encryptionKey = () =>
  z.pipe(
    z.string().check(z.regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url')),
    z.transform((text) => Buffer.from(text, 'base64url')),
  )

const splitAtCommas = (text: string): string[] => text.split(',').map((part) => part.trim())

/** Unlike `list`, an empty text between commas stays, so that it is rejected. */
const commaSeparated = () => z.pipe(z.string(), z.transform(splitAtCommas))

/** Different keys, separated by commas. */
export const encryptionKeys = () =>
  z.pipe(
    commaSeparated(),
    z
      .tuple([encryptionKey()], encryptionKey())
      .check(
        z.refine(
          (keys) => new Set(keys.map((key) => key.toString('hex'))).size === keys.length,
          'must not repeat a key',
        ),
      ),
  )

/** co2logserver configures salts as a JSON array. */
const toJsonArray = (text: string): string => (text.trim().startsWith('[') ? text : JSON.stringify(splitAtCommas(text)))

/** A JSON array of strings, or strings separated by commas. */
export const salts = () =>
  z._default(
    z.pipe(
      parsedString((text): unknown => JSON.parse(toJsonArray(text)), 'must be JSON'),
      z.array(
        z.string('must contain only strings').check(z.minLength(1, 'must not contain an empty salt')),
        'must be a JSON array of strings, or strings separated by commas',
      ),
    ),
    [],
  )

/** A key or token that is sent in a header. */
export const headerText = () => z.string().check(z.regex(/^[\x21-\x7e]+$/, 'must be ASCII characters without spaces'))

/** Secrets that a proxy sends in a header, separated by commas: one can be replaced by another. */
export const proxySecrets = () =>
  z.pipe(
    commaSeparated(),
    z.array(z.string().check(z.regex(/^[\w~+/=.-]{32,}$/, 'must be at least 32 letters, digits or _ ~ + / = . -'))),
  )

/** The secrets in a text: the strings of a JSON array, so that one can replace another, or else the text itself. */
export function splitSecrets(text: string): readonly string[] {
  const several = z.array(z.string().check(z.minLength(1))).safeParse(parseJsonOrUndefined(text))
  return several.success ? several.data : [text]
}

/** A provider's name as a part of names of parameters. */
export const upperName = (provider: string): string => provider.toUpperCase().replaceAll('-', '_')

/** The parameter with the secrets that sign what the target of a provider gets. */
export const targetSecretName = (provider: string): string => `WEBHOOK_TARGET_${upperName(provider)}`

/** Headers with a standard meaning, or that API Gateway does not forward. */
const RESERVED_HEADERS = [
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'host',
  '__proto__',
]

/** Request headers, as `Name: value`, or a JSON array of them. The parsed names are in lower case. */
export const headerLines = () =>
  parsedString((text) => {
    const headers = splitSecrets(text).map(parseHeaderLine)
    return headers.some((header) => header === undefined) ? undefined : headers.filter((header) => header !== undefined)
  }, 'must be Name: value, with a name that is not a standard header and at least 8 ASCII characters')

/** The name in lower case and the value of `Name: value`; undefined for another text, or for a reserved name. */
export function parseHeaderLine(text: string): { name: string; value: string } | undefined {
  const [, name = '', value] =
    /^\s*([\w!#$%&'*+.^`|~-]+):\s*([\x21-\x7e][\x20-\x7e]{6,}[\x21-\x7e])\s*$/.exec(text) ?? []
  const lowerName = name.toLowerCase()
  return value !== undefined && !RESERVED_HEADERS.includes(lowerName) ? { name: lowerName, value } : undefined
}

/** An RSA private key: PEM text, whose line ends may be written as `\\n`, or the path of a PEM file. */
export const rsaKey = () =>
  parsedString((text) => {
    // Loaded on first use, because an import would slow down the start of every function.
    const { readFileSync } = process.getBuiltinModule('node:fs')
    const pem = text.includes('-----BEGIN') ? text.replaceAll('\\n', '\n') : readFileSync(text, 'utf8')
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048 ? key : undefined
  }, 'must be an RSA private key of at least 2048 bits in PEM, or the path of a file with one')
