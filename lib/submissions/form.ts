import {
  getMultipartBoundary,
  MaxHeaderSizeExceededError,
  MultipartParseError,
  type MultipartPart,
  parseMultipart,
} from '@remix-run/multipart-parser'
import { parse } from 'content-disposition'
import { parseJsonOrUndefined } from '../core/json.ts'
import { Problem } from '../core/problem.ts'
import { invalidParameter, isDecodable } from '../http/input.ts'
import { decodeBody, type Request } from '../http/request.ts'
import { SUBMISSION_LIMITS } from './limits.ts'
import { fileName, mediaType } from './names.ts'

const UNZIPPED_TIMES = 20
const UNZIPPED_AT_LEAST = 100_000
/** Of one part, the name of its file among them. */
const HEADERS_BYTES = 8_192

export interface SubmittedFile {
  name: string
  type: string
  content: Uint8Array
}

/** A form as it was sent; nothing in it is believed yet. */
export interface SubmittedForm {
  authToken?: string
  /** The JSON document, byte for byte. */
  responses?: Uint8Array
  files: SubmittedFile[]
  /** Names of fields that mean nothing here. */
  ignored: string[]
}

interface Field {
  name: string
  /** Undefined for a field that is no file. */
  filename?: string
  type?: string | undefined
  content: Uint8Array
}

const read = new WeakMap<Request, SubmittedForm>()

/**
 * The form of a submission: multipart (RFC 7578) or urlencoded. Whoever asks again for the same request gets the same
 * form: the access looks for a token in it before the endpoint reads the rest.
 */
export function parseForm(request: Request): SubmittedForm {
  const form = read.get(request) ?? toForm(fields(request))
  read.set(request, form)
  return form
}

function fields(request: Request): Field[] {
  const contentType = request.headers['content-type'] ?? ''
  const type = contentType.toLowerCase().split(';')[0]?.trim()
  if (type === 'multipart/form-data') {
    return multipartFields(withoutBlankStart(unzipped(request)), getMultipartBoundary(contentType)?.trim() ?? '')
  }
  if (type === 'application/x-www-form-urlencoded') return urlencodedFields(unzipped(request))
  throw new Problem(
    'content_type_unsupported',
    'Send Content-Type: multipart/form-data (with a boundary) or application/x-www-form-urlencoded.',
  )
}

/** A few bytes must not become millions that are stored: what people write is zipped to a twentieth at most. */
function unzipped(request: Request): Uint8Array {
  const body = decodeBody(request)
  if (body.length <= UNZIPPED_AT_LEAST + request.rawBody.length * UNZIPPED_TIMES) return body
  throw new Problem(
    'body_too_large',
    `The body is unzipped to more than ${UNZIPPED_TIMES} times its size. Send it as it is.`,
  )
}

function urlencodedFields(body: Uint8Array): Field[] {
  const text = utf8(body, 'body')
  if (/^(?:\r\n)?--[^\r\n]+\r\ncontent-disposition:/i.test(text.slice(0, 500))) {
    throw new Problem('body_invalid', 'The body is multipart, though its Content-Type says urlencoded.')
  }
  if (!isDecodable(text)) throw notUtf8('body')
  // Before it is read: for millions of names without values, that would take minutes.
  if (text.split('&', SUBMISSION_LIMITS.parts + 1).length > SUBMISSION_LIMITS.parts) throw tooManyParts()
  return [...new URLSearchParams(text)].map(([name, value]) => ({ name, content: Buffer.from(value) }))
}

function multipartFields(body: Uint8Array, boundary: string): Field[] {
  // Some boundaries are of signs that RFC 2046 does not have.
  if (!/^[ -~]{1,70}$/.test(boundary)) {
    throw broken('its Content-Type names no boundary of at most 70 letters, digits and signs')
  }
  if (body.length === 0) throw broken('it is empty')
  try {
    const parts = parseMultipart(body, {
      boundary,
      maxHeaderSize: HEADERS_BYTES,
      maxFileSize: body.length,
      maxTotalSize: body.length,
      maxParts: SUBMISSION_LIMITS.parts + 1,
    })
    const found: Field[] = []
    for (const part of parts) {
      found.push(toField(part, found.length + 1))
      if (found.length > SUBMISSION_LIMITS.parts) throw tooManyParts()
    }
    checkHeadersEnd(body, boundary)
    return found
  } catch (error) {
    if (error instanceof MaxHeaderSizeExceededError) {
      throw broken(`the headers of a part have more than ${HEADERS_BYTES} bytes`)
    }
    if (!(error instanceof MultipartParseError)) throw error
    throw broken('it does not start with the boundary of its Content-Type, or ends before the last one')
  }
}

/** To the parser, headers that do not end go on in the next part: it would be gone, and nobody would notice. */
function checkHeadersEnd(body: Uint8Array, boundary: string): void {
  const [, ...parts] = `\r\n${Buffer.from(body).toString('latin1')}`.split(`\r\n--${boundary}`)
  const last = parts.findIndex((part) => part.startsWith('--'))
  const open = parts.slice(0, last).findIndex((part) => part.indexOf('\r\n\r\n', 2) < 0)
  if (open >= 0) throw broken(`the headers of part ${open + 1} do not end`)
}

/** Some clients send an empty line before the first boundary. */
const withoutBlankStart = (body: Uint8Array): Uint8Array => (body[0] === 13 && body[1] === 10 ? body.subarray(2) : body)

function toField(part: MultipartPart, number: number): Field {
  const { disposition, type } = headersOf(part, number)
  const { name, filename } = disposition.parameters
  if (disposition.type !== 'form-data' || name === undefined) {
    throw broken(`part ${number} has no Content-Disposition: form-data with a name`)
  }
  return { name, type, content: part.bytes, ...(filename !== undefined && { filename }) }
}

function headersOf(part: MultipartPart, number: number) {
  const headers = readable(part, number)
  const disposition = headers['content-disposition'] ?? ''
  // Within an open quotation, what follows would be left aside, the name of a file perhaps.
  if (disposition.split('"').length % 2 === 0)
    throw broken(`the headers of part ${number} have a quotation without end`)
  return { disposition: parse(disposition, { multipart: true }), type: headers['content-type'] }
}

function readable(part: MultipartPart, number: number) {
  try {
    return part.headers
  } catch {
    throw broken(`the headers of part ${number} cannot be read as UTF-8`)
  }
}

function toForm(all: Field[]): SubmittedForm {
  const form: SubmittedForm = { files: [], ignored: [] }
  for (const { name, filename, type, content } of all) {
    if (name === 'auth_token') {
      // As a file it would be stored, for others to read.
      if (filename !== undefined) throw invalidParameter([{ field: name, detail: 'must be a text, not a file' }])
      if (form.authToken !== undefined) throw twice(name)
      form.authToken = utf8(content, name).trim()
    } else if (name === 'responses') {
      if (form.responses !== undefined) throw twice(name)
      form.responses = content
    } else if (filename !== undefined) {
      // A file input that was left empty is sent as a file without name and content.
      if (filename !== '' || content.length > 0) form.files.push(toFile(filename, type, content, form.files.length + 1))
    } else if (name === 'file') {
      throw invalidParameter([
        { field: 'file', detail: 'must be sent as a file: multipart/form-data, with a filename' },
      ])
    } else form.ignored.push(name)
  }
  return form
}

function toFile(filename: string, type: string | undefined, content: Uint8Array, number: number): SubmittedFile {
  const { files, fileBytes } = SUBMISSION_LIMITS
  if (number > files) {
    throw tooManyFiles()
  }
  if (content.length > fileBytes) throw partTooLarge(`file number ${number}`)
  const name = fileName(filename)
  if (name === null) {
    throw invalidParameter([
      { field: 'file', detail: `number ${number} needs a name of 1 to 255 characters, other than a path` },
    ])
  }
  return { name, type: mediaType(type), content }
}

/** The same form, once its document is known to be one. Reading it is left until somebody has shown a token. */
export function validateForm(form: SubmittedForm): SubmittedForm {
  if (form.responses) checkDocument(form.responses)
  return form
}

function checkDocument(content: Uint8Array): void {
  if (content.length > SUBMISSION_LIMITS.fileBytes) throw partTooLarge('responses')
  if (parseJsonOrUndefined(utf8(content, 'responses')) === undefined)
    throw invalidParameter([{ field: 'responses', detail: 'must be a JSON document' }])
}

function utf8(bytes: Uint8Array, field: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw notUtf8(field)
  }
}

const notUtf8 = (field: string) => invalidParameter([{ field, detail: 'is not UTF-8' }])
const twice = (field: string) => invalidParameter([{ field, detail: 'is given more than once' }])
const broken = (why: string) =>
  new Problem('body_invalid', `The body is not a multipart form: ${why}.`, { issues: [{ field: 'body', detail: why }] })
export const tooManyFiles = () =>
  new Problem('limit_exceeded', `A submission may hold at most ${SUBMISSION_LIMITS.files} files. Send them in parts.`)
const tooManyParts = () =>
  new Problem('limit_exceeded', `A form may have at most ${SUBMISSION_LIMITS.parts} fields and files.`)
export const partTooLarge = (what: string) =>
  new Problem('body_too_large', `${what} has more than ${SUBMISSION_LIMITS.fileBytes} bytes. Send it in slices.`, {
    issues: [{ field: what.split(' ')[0] ?? what, detail: `larger than ${SUBMISSION_LIMITS.fileBytes} bytes` }],
  })
