import {
  getMultipartBoundary,
  MaxHeaderSizeExceededError,
  MultipartParseError,
  type MultipartPart,
  parseMultipart,
} from '@remix-run/multipart-parser'
import { toFileName, toMediaType } from '../core/file-names.ts'
import { hexId } from '../core/identifiers.ts'
import { parseJsonOrUndefined } from '../core/json.ts'
import { Problem } from '../core/problem.ts'
import { invalidParameter, isDecodable } from '../http/input.ts'
import { decodeBody, type Request } from '../http/request.ts'
import { parseDisposition } from './disposition.ts'
import { SUBMISSION_LIMITS } from './limits.ts'
import type { BucketFile, Contents, SentFile } from './submission.ts'

const MAX_EXPANSION = 20
/** Bytes that any body may expand to. */
const MIN_EXPANDED_BYTES = 100_000
/** Bytes of the headers of one part. */
const MAX_HEADER_BYTES = 8_192

/** A file that is in the bucket, by its id. */
export interface Upload {
  upload: string
}

/** A form as sent; its content is untrusted. */
export interface SubmittedForm {
  authToken?: string
  /** The JSON document, byte for byte. */
  responses?: Uint8Array
  /** In the order of the form. */
  files: (SentFile | Upload)[]
  /** Names of unknown fields. */
  ignored: string[]
}

interface Field {
  name: string
  /** Undefined for a field that is not a file. */
  filename?: string
  type?: string | undefined
  content: Uint8Array
}

const parsedForms = new WeakMap<Request, SubmittedForm>()

/**
 * Parses the form of a submission: multipart (RFC 7578) or urlencoded. The result is cached for each request, because
 * authentication reads the token before the endpoint reads the rest. Throws a `Problem`.
 */
export function parseForm(request: Request): SubmittedForm {
  const form = parsedForms.get(request) ?? toForm(parseFields(request))
  parsedForms.set(request, form)
  return form
}

function parseFields(request: Request): Field[] {
  const contentType = request.headers['content-type'] ?? ''
  const type = contentType.toLowerCase().split(';')[0]?.trim()
  if (type === 'multipart/form-data') {
    return parseMultipartFields(
      skipBlankStart(decompressBody(request)),
      getMultipartBoundary(contentType)?.trim() ?? '',
    )
  }
  if (type === 'application/x-www-form-urlencoded') return parseUrlencodedFields(decompressBody(request))
  throw new Problem(
    'content_type_unsupported',
    'Send Content-Type: multipart/form-data (with a boundary) or application/x-www-form-urlencoded.',
  )
}

/** A small body must not become a large submission. Text is rarely compressed to less than a twentieth. */
function decompressBody(request: Request): Uint8Array {
  const body = decodeBody(request)
  if (body.length <= MIN_EXPANDED_BYTES + request.rawBody.length * MAX_EXPANSION) return body
  throw new Problem(
    'body_too_large',
    `The decompressed body is more than ${MAX_EXPANSION} times its compressed size. Send it uncompressed.`,
  )
}

function parseUrlencodedFields(body: Uint8Array): Field[] {
  const text = decodeUtf8(body, 'body')
  if (/^(?:\r\n)?--[^\r\n]+\r\ncontent-disposition:/i.test(text.slice(0, 500))) {
    throw new Problem(
      'body_invalid',
      'The body is multipart, but its Content-Type is urlencoded. Send Content-Type: multipart/form-data.',
    )
  }
  if (!isDecodable(text)) throw notUtf8('body')
  // Checked before parsing, because millions of names without values would take minutes.
  if (text.split('&', SUBMISSION_LIMITS.parts + 1).length > SUBMISSION_LIMITS.parts) throw tooManyParts()
  return [...new URLSearchParams(text)].map(([name, value]) => ({ name, content: Buffer.from(value) }))
}

function parseMultipartFields(body: Uint8Array, boundary: string): Field[] {
  // Some clients use characters that RFC 2046 does not allow.
  if (!/^[ -~]{1,70}$/.test(boundary)) {
    throw invalidForm('its Content-Type needs a boundary of 1 to 70 printable ASCII characters')
  }
  if (body.length === 0) throw invalidForm('it is empty')
  try {
    const parts = parseMultipart(body, {
      boundary,
      maxHeaderSize: MAX_HEADER_BYTES,
      maxFileSize: body.length,
      maxTotalSize: body.length,
      maxParts: SUBMISSION_LIMITS.parts + 1,
    })
    const fields: Field[] = []
    for (const part of parts) {
      fields.push(toField(part, fields.length + 1))
      if (fields.length > SUBMISSION_LIMITS.parts) throw tooManyParts()
    }
    checkHeadersEnd(body, boundary)
    return fields
  } catch (error) {
    if (error instanceof MaxHeaderSizeExceededError) {
      throw invalidForm(`the headers of a part have more than ${MAX_HEADER_BYTES} bytes`)
    }
    if (!(error instanceof MultipartParseError)) throw error
    throw invalidForm('it does not start with the boundary of its Content-Type, or ends before the final one')
  }
}

/** The parser continues headers without end into the next part, which would be lost without an error. */
function checkHeadersEnd(body: Uint8Array, boundary: string): void {
  const [, ...parts] = `\r\n${Buffer.from(body).toString('latin1')}`.split(`\r\n--${boundary}`)
  const last = parts.findIndex((part) => part.startsWith('--'))
  const openPart = parts.slice(0, last).findIndex((part) => part.indexOf('\r\n\r\n', 2) < 0)
  if (openPart >= 0) throw invalidForm(`the headers of part ${openPart + 1} do not end`)
}

/** Some clients send an empty line before the first boundary. */
const skipBlankStart = (body: Uint8Array): Uint8Array => (body[0] === 13 && body[1] === 10 ? body.subarray(2) : body)

function toField(part: MultipartPart, number: number): Field {
  const { disposition, type } = parseHeaders(part, number)
  const { name, filename } = disposition.parameters
  if (disposition.type !== 'form-data' || name === undefined) {
    throw invalidForm(`part ${number} has no Content-Disposition: form-data with a name`)
  }
  return { name, type, content: part.bytes, ...(filename !== undefined && { filename }) }
}

function parseHeaders(part: MultipartPart, number: number) {
  const headers = readHeaders(part, number)
  const disposition = parseDisposition(headers['content-disposition'] ?? '')
  if (typeof disposition === 'string') throw invalidForm(`the Content-Disposition of part ${number} ${disposition}`)
  return { disposition, type: headers['content-type'] }
}

function readHeaders(part: MultipartPart, number: number) {
  try {
    return part.headers
  } catch {
    throw invalidForm(`the headers of part ${number} cannot be read as UTF-8`)
  }
}

function toForm(fields: Field[]): SubmittedForm {
  const form: SubmittedForm = { files: [], ignored: [] }
  for (const { name, filename, type, content } of fields) {
    if (name === 'auth_token') {
      // A file would be stored, and others could read it.
      if (filename !== undefined) throw invalidParameter([{ field: name, detail: 'must be a text, not a file' }])
      if (form.authToken !== undefined) throw repeatedField(name)
      form.authToken = decodeUtf8(content, name).trim()
    } else if (name === 'responses') {
      if (form.responses !== undefined) throw repeatedField(name)
      form.responses = content
    } else if (filename !== undefined) {
      // Browsers send an empty file input as a file without name and content.
      if (filename !== '' || content.length > 0) form.files.push(toFile(filename, type, content, form.files.length + 1))
    } else if (name === 'upload') {
      form.files.push(toUpload(decodeUtf8(content, name).trim(), form.files))
    } else if (name === 'file') {
      throw invalidParameter([
        { field: 'file', detail: 'must be sent as a file: multipart/form-data, with a filename' },
      ])
    } else form.ignored.push(name)
  }
  return form
}

function toFile(filename: string, type: string | undefined, content: Uint8Array, number: number): SentFile {
  const { files, fileBytes } = SUBMISSION_LIMITS
  if (number > files) throw tooManyFiles()
  if (content.length > fileBytes) throw partTooLarge(`file number ${number}`)
  const name = toFileName(filename)
  if (name === null) {
    throw invalidParameter([
      { field: 'file', detail: `number ${number} needs a name of 1 to 255 characters, other than a path` },
    ])
  }
  return { name, type: toMediaType(type), content }
}

/**
 * The contents of a form, with its files in the bucket. `findFiles` returns those with the ids of the form, in the same
 * order, or throws.
 */
export async function resolveUploads(
  form: SubmittedForm,
  findFiles: (ids: string[]) => Promise<BucketFile[]>,
): Promise<Contents> {
  const { responses, files } = form
  const ids = files.flatMap((file) => ('upload' in file ? [file.upload] : []))
  const inBucket = (await findFiles(ids)).values()
  const resolve = (file: SentFile | Upload): Iterable<SentFile | BucketFile> =>
    'upload' in file ? inBucket.take(1) : [file]
  return { ...(responses && { responses }), files: files.flatMap((file) => [...resolve(file)]) }
}

function toUpload(id: string, files: SubmittedForm['files']): Upload {
  if (files.length === SUBMISSION_LIMITS.files) throw tooManyFiles()
  if (!hexId.safeParse(id).success) throw invalidUpload('must be the id of a file, which has 32 hexadecimal digits')
  if (files.some((file) => 'upload' in file && file.upload === id))
    throw invalidUpload('must not repeat the id of a file')
  return { upload: id }
}

/** Returns the form if its document is valid JSON. Parses it only after authentication. Throws a `Problem`. */
export function validateForm(form: SubmittedForm): SubmittedForm {
  if (form.responses) checkDocument(form.responses)
  return form
}

function checkDocument(content: Uint8Array): void {
  if (content.length > SUBMISSION_LIMITS.fileBytes) throw partTooLarge('responses')
  if (parseJsonOrUndefined(decodeUtf8(content, 'responses')) === undefined)
    throw invalidParameter([{ field: 'responses', detail: 'must be a JSON document' }])
}

function decodeUtf8(bytes: Uint8Array, field: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw notUtf8(field)
  }
}

const notUtf8 = (field: string) => invalidParameter([{ field, detail: 'is not UTF-8' }])
const invalidUpload = (detail: string) => invalidParameter([{ field: 'upload', detail }])
const repeatedField = (field: string) => invalidParameter([{ field, detail: 'is given more than once' }])
const invalidForm = (reason: string) =>
  new Problem('body_invalid', `The body is not a multipart form: ${reason}.`, {
    issues: [{ field: 'body', detail: reason }],
  })
export const tooManyFiles = () =>
  new Problem(
    'limit_exceeded',
    `A submission may contain at most ${SUBMISSION_LIMITS.files} files. Send them in parts.`,
  )
const tooManyParts = () =>
  new Problem('limit_exceeded', `A form may have at most ${SUBMISSION_LIMITS.parts} fields and files.`)
export const partTooLarge = (part: string) =>
  new Problem(
    'body_too_large',
    `${part} has more than ${SUBMISSION_LIMITS.fileBytes} bytes. Send it by POST /files, and its id in the field upload.`,
    {
      issues: [{ field: part.split(' ')[0] ?? part, detail: `larger than ${SUBMISSION_LIMITS.fileBytes} bytes` }],
    },
  )
