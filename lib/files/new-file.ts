import * as z from 'zod/mini'
import { toFileName, toMediaType } from '../core/file-names.ts'
import { Problem } from '../core/problem.ts'
import { parsedString } from '../core/zod-helpers.ts'
import { invalidParameter } from '../http/input.ts'
import { mergeOptionTexts } from '../measurements/client-options.ts'
import { lineFormatOf, parseContentType } from '../measurements/content-type.ts'
import { type ClientUploadOptions, clientUploadOptions, uploadOptions } from '../measurements/upload-options.ts'
import { PURPOSES } from './file.ts'

const fileName = parsedString(
  (text) => toFileName(text) ?? undefined,
  'must be a file name of 1 to 255 characters, without control characters',
)

const mediaType = z
  .string()
  .check(
    z.refine((text) => toMediaType(text) === text, 'must be a media type of at most 255 characters, such as text/csv'),
  )

const sha256 = z.pipe(
  z.string().check(z.regex(/^[0-9a-f]{64}$/i, 'must be a SHA-256 of 64 hexadecimal digits')),
  z.transform((text) => text.toLowerCase()),
)

/** The body of `POST /files`. */
export const newFile = z.strictObject({
  purpose: z.enum(PURPOSES, 'must be measurements or submission'),
  name: z.optional(fileName),
  type: mediaType,
  /** Bytes. `MAX_FILE_MB` limits it. */
  size: z
    .number('must be a number of bytes')
    .check(z.refine((size) => Number.isSafeInteger(size) && size >= 1, 'must be a whole number of bytes, at least 1')),
  sha256: z.optional(sha256),
  options: z.optional(clientUploadOptions),
})
export type NewFileInput = z.output<typeof newFile>

export const lineTypeRequired = () =>
  new Problem(
    'content_type_unsupported',
    'type must be CSV or NDJSON, whose lines are processed in parts: text/csv, text/tab-separated-values, text/plain or application/x-ndjson.',
  )

export const fileTooLarge = (maxMb: number) =>
  new Problem(
    'body_too_large',
    `size must be at most ${maxMb * 1_000_000} bytes, because MAX_FILE_MB is ${maxMb}. Send several smaller files.`,
  )

export const nameMissing = () =>
  invalidParameter([{ field: 'name', detail: 'is missing: a file of a submission needs it' }])

export const optionsNotAllowed = () =>
  invalidParameter([{ field: 'options', detail: 'must be absent: a file of a submission has none' }])

/**
 * The upload options of a new file: its own, and otherwise those of its client. Undefined for a file of a submission. Throws a
 * `Problem` for a file that is too large or lacks a name, and for options that its type does not allow.
 */
export function resolveFileOptions(
  { purpose, name, type, size, options }: NewFileInput,
  ofClient: ClientUploadOptions | undefined,
  maxMb: number,
): ClientUploadOptions | undefined {
  if (size > maxMb * 1_000_000) throw fileTooLarge(maxMb)
  if (purpose === 'submission') {
    if (name === undefined) throw nameMissing()
    if (options) throw optionsNotAllowed()
    return undefined
  }
  if (lineFormatOf(type) === null) throw lineTypeRequired()
  const texts = mergeOptionTexts(options ?? {}, ofClient ?? {}, type)
  // Rejects options of CSV for another format, and `columns` that do not fit `header`.
  parseContentType(type, uploadOptions.parse(texts))
  return texts
}
