import { fileInUse } from '../lib/files/attachments.ts'
import { partsMissing } from '../lib/files/complete-file.ts'
import { fileProblem, fileResult } from '../lib/files/file.ts'
import { fileProcessing } from '../lib/files/remove-file.ts'
import { fileResource } from '../lib/files/resource.ts'
import { fileNotFound } from '../lib/files/store.ts'
import { describeSchema } from '../lib/openapi/fields.ts'
import { type ErrorExample, example, failure, type Operations } from '../lib/openapi/operation.ts'
import { FILE_ID, UNKNOWN_ID } from '../lib/openapi/samples.ts'

describeSchema(fileResult, {
  id: 'LargeFileResult',
  description: 'What is known of the stored content.',
  fields: {
    'saved-in-db': 'The number of stored rows, of measurements.',
    warnings: 'What is stored differently from what was sent, as in the response to `POST /upload`.',
    sha256: 'SHA-256 of the content in hexadecimal, of a file of a submission.',
  },
})

describeSchema(fileProblem, {
  id: 'LargeFileProblem',
  description: 'Why the content was rejected. Nothing of it is stored.',
  fields: {
    code: 'An error code, as in problem details.',
    detail: 'What is wrong, and how to fix it.',
    errors: 'The errors by place in the whole file.',
  },
})

describeSchema(fileResource, {
  id: 'LargeFile',
  description: 'A large file, whose parts a client sends to the bucket.',
  fields: {
    id: 'Id of the file.',
    purpose: 'What the file is for.',
    name: 'Its name, without folders.',
    type: 'Its media type.',
    size: 'Its size in bytes.',
    state:
      '`waiting` for parts, `processing`, `stored`, or `failed` because of its content. Only a `stored` file is stored completely.',
    part_bytes: 'The size of each part in bytes, except the last one.',
    parts: 'The number of parts, and how many of them have arrived.',
    upload:
      'The first 100 parts that are missing, in the state `waiting`. `start` is the first byte of a part, from 0. Send its bytes with `PUT` to `url`.',
    url_expires_at: 'When these URLs expire. Get the file again for new ones, also after a 403 of the bucket.',
    created_at: 'When it was created.',
    expires_at: 'When it is removed. Missing while it is processed, and if a submission has it.',
    progress: 'How many rows are stored, and how many bytes are processed.',
    result: 'What is known of the stored content, in the state `stored`.',
    problem: 'Why the content was rejected, in the state `failed`.',
  },
})

const FILE_PATH = { id: 'Id of the file.' }

/** A stored file of measurements. */
const STORED = {
  id: FILE_ID,
  purpose: 'measurements',
  name: 'week.csv',
  type: 'text/csv',
  size: 39,
  state: 'stored',
  part_bytes: 8_388_608,
  parts: { total: 1, received: 1 },
  created_at: '2026-05-03T12:00:00.123Z',
  expires_at: '2026-05-10T12:00:05.000Z',
  result: { 'saved-in-db': 2 },
}

/** The same file before its part has arrived. */
export const WAITING = {
  ...STORED,
  state: 'waiting',
  parts: { total: 1, received: 0 },
  upload: [{ number: 1, start: 0, size: 39, url: 'https://bucket.example/measurements/…' }],
  url_expires_at: '2026-05-03T13:00:00.123Z',
  expires_at: '2026-05-09T12:00:00.123Z',
  result: undefined,
}

const FILE_ERRORS: readonly ErrorExample[] = [
  { sent: { path: { id: 'nonsense' } } },
  failure(fileNotFound(), { path: { id: UNKNOWN_ID } }),
]

export const operations: Operations = {
  'GET /files/{id}': {
    id: 'getFile',
    tag: 'Large files',
    summary: 'Get the state of a file',
    description:
      'Returns the state of a file. While parts are missing, it has URLs for them: a client that was interrupted asks for the file and sends what is missing.',
    security: [{ authToken: ['upload'] }],
    fields: FILE_PATH,
    responses: { 200: { description: 'The file.' } },
    errors: FILE_ERRORS,
    examples: {
      waiting: example('A part is missing', { path: { id: FILE_ID } }, WAITING),
      stored: example('The file is stored', { path: { id: FILE_ID } }, STORED),
    },
  },
  'POST /files/{id}/complete': {
    id: 'completeFile',
    tag: 'Large files',
    summary: 'Complete a file',
    description: `Ends the transfer of a file whose parts have all arrived. Latchkey then processes it: it checks all rows of measurements, and stores them only if all are valid; of a file of a submission, it computes the SHA-256. \`GET /files/{id}\` returns its state.

No bucket headers are needed. A retry changes nothing, and returns the current state.`,
    security: [{ authToken: ['upload'] }],
    fields: FILE_PATH,
    responses: { 202: { description: 'The file is being processed.', headers: ['location', 'retry-after'] } },
    errors: [...FILE_ERRORS, failure(partsMissing([1]), {}, 'A part is missing')],
    examples: {
      complete: example(
        'All parts have arrived',
        { path: { id: FILE_ID } },
        { ...STORED, state: 'processing', progress: { rows: 0, bytes: 0 }, expires_at: undefined, result: undefined },
        { status: 202 },
      ),
    },
  },
  'DELETE /files/{id}': {
    id: 'deleteFile',
    tag: 'Large files',
    summary: 'Delete a file',
    description:
      'Ends the transfer of a file, or deletes its content. Rows that are stored stay. The parts and the content are deleted within minutes; no response has the file from now on.',
    security: [{ authToken: ['upload'] }],
    fields: FILE_PATH,
    responses: { 204: 'The file is deleted.' },
    errors: [
      ...FILE_ERRORS,
      failure(fileProcessing(), {}, 'The file is being processed'),
      failure(fileInUse(), {}, 'The file belongs to a submission'),
    ],
    examples: { one: example('One file', { path: { id: FILE_ID } }, undefined, { status: 204 }) },
  },
}
