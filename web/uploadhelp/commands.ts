import type { Body } from './body.ts'
import { type Algorithm, computeSaltedChecksum, headerOf, hexOf } from './digest.ts'

/** An upload as the page describes it; token and salt are empty where there is none. */
export interface UploadExample {
  url: string
  token: string
  salt: string
  algorithm: Algorithm
  body: Body
}

/** A text as Python and JavaScript both write it. */
const quoted = (text: string): string => (/^[^'\\\p{C}]*$/u.test(text) ? `'${text}'` : JSON.stringify(text))

const inShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`

/** Headers but for the checksum, which each language computes by itself. */
const plainHeaders = ({ token, body }: UploadExample): [name: string, value: string][] => [
  ['Content-Type', body.contentType],
  ...(token === '' ? [] : [['Authorization', `Bearer ${token}`] satisfies [string, string]]),
]

/** For sh, bash and zsh; the checksum as it is now. */
export function curlCommand(upload: UploadExample): string {
  const { url, salt, algorithm, body } = upload
  const checksum: [string, string][] =
    salt === '' ? [] : [[headerOf(algorithm), computeSaltedChecksum(algorithm, body.bytes, salt)]]
  const headers = [...plainHeaders(upload), ...checksum].map(([name, value]) => `  -H ${inShell(`${name}: ${value}`)}`)
  const piped = body.text === null ? `printf '${Array.from(body.bytes, octal).join('')}' | ` : ''
  const data = body.text === null ? '  --data-binary @-' : `  --data-raw ${inShell(body.text)}`
  return [`${piped}curl ${inShell(url)}`, ...headers, data].join(' \\\n')
}

export function pythonProgram(upload: UploadExample): string {
  const { url, salt, algorithm, body } = upload
  const bytes = body.text === null ? `bytes.fromhex(${quoted(hexOf(body.bytes))})` : `${quoted(body.text)}.encode()`
  const headers = plainHeaders(upload).map(([name, value]) => `    ${quoted(name)}: ${quoted(value)},`)
  const hash = `hashlib.${algorithm.name.toLowerCase()}(body + salt.encode()).hexdigest()`
  return [
    ...(salt === '' ? [] : ['import hashlib']),
    'import urllib.error',
    'import urllib.request',
    '',
    `body = ${bytes}`,
    ...(salt === '' ? [] : [`salt = ${quoted(salt)}`]),
    'headers = {',
    ...headers,
    ...(salt === ''
      ? []
      : [
          '    # The digest of exactly the bytes that are sent, followed by the salt.',
          `    ${quoted(headerOf(algorithm))}: ${hash},`,
        ]),
    '}',
    `request = urllib.request.Request(${quoted(url)}, data=body, headers=headers)`,
    'try:',
    '    with urllib.request.urlopen(request) as response:',
    '        print(response.status, response.read().decode())',
    'except urllib.error.HTTPError as error:',
    '    print(error.code, error.read().decode())',
    '',
  ].join('\n')
}

export function javascriptProgram(upload: UploadExample): string {
  const { url, salt, algorithm, body } = upload
  const bytes = body.text === null ? `new Uint8Array([${body.bytes.join(', ')}])` : quoted(body.text)
  const headers = plainHeaders(upload).map(([name, value]) => `    ${quoted(name)}: ${quoted(value)},`)
  const hash = `createHash(${quoted(algorithm.node)}).update(body).update(salt).digest('hex')`
  return [
    ...(salt === '' ? [] : [`import { createHash } from 'node:crypto'`, '']),
    `const body = ${bytes}`,
    ...(salt === '' ? [] : [`const salt = ${quoted(salt)}`]),
    `const response = await fetch(${quoted(url)}, {`,
    `  method: 'POST',`,
    '  headers: {',
    ...headers,
    ...(salt === ''
      ? []
      : [
          '    // The digest of exactly the bytes that are sent, followed by the salt.',
          `    ${quoted(headerOf(algorithm))}: ${hash},`,
        ]),
    '  },',
    '  body,',
    '})',
    'console.log(response.status, await response.text())',
    '',
  ].join('\n')
}
