import { tooManyAttempts } from '../lib/dynamodb/rate-limit.ts'
import { NEW_FILES } from '../lib/files/create-file.ts'
import { fileTooLarge, lineTypeRequired, nameMissing, optionsNotAllowed } from '../lib/files/new-file.ts'
import { PART_BYTES } from '../lib/files/transfer.ts'
import { IN_PROGRESS, idempotencyErrors, idempotencyHeader } from '../lib/openapi/idempotency.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import { WAITING } from './file.docs.ts'

const { purpose, name, type, size } = WAITING
const BODY = { purpose, name, type, size }
const PHOTO = { purpose: 'submission', name: 'scan.pdf', type: 'application/pdf', size: 39 }

export const operations: Operations = {
  'POST /files': {
    id: 'createFile',
    tag: 'Large files',
    summary: 'Create a large file',
    description: `Creates a file that is too large for \`POST /upload\` or \`POST /submit\`. The client then sends its parts of ${PART_BYTES} bytes to the URLs in \`upload\`, in any order and several at a time, and completes it with \`POST /files/{id}/complete\`. After an interruption, \`GET /files/{id}\` has URLs for what is missing.

The file belongs to the client and the participant of the auth token: any of their tokens continues it. A file that is not completed within six days is removed. \`MAX_FILE_MB\` limits the size, by default to 1,000 MB. From one IP address, a client creates at most ${NEW_FILES.limit} files in an hour.`,
    security: [{ authToken: ['upload'] }],
    fields: {
      purpose:
        '`measurements` for rows of CSV or NDJSON, which are stored as by `POST /upload`. `submission` for a file that a later `POST /submit` names.',
      name: 'A file name. Folders are removed. Required for `submission`.',
      type: 'The media type. Of measurements, `text/csv`, `text/tab-separated-values`, `text/plain` or `application/x-ndjson`, also with a `charset`.',
      size: 'The size of the whole file in bytes.',
      sha256: 'SHA-256 of the file in hexadecimal. Latchkey rejects other content.',
      options:
        'Options of the upload of measurements: the query parameters of `POST /upload`, except `client_id` and `dry_run`. Default: those of the client.',
    },
    headers: idempotencyHeader('a retry with the same key returns the same file, as long as it exists.'),
    responses: { 201: { description: 'The file waits for its parts.', headers: ['location'] } },
    errors: [
      { summary: 'A size that is no number of bytes', sent: { body: { ...BODY, size: 0 } } },
      failure(nameMissing(), { body: { ...PHOTO, name: undefined } }, 'A file of a submission without a name'),
      failure(optionsNotAllowed(), { body: { ...PHOTO, options: { tz: 'UTC' } } }, 'Options of a file of a submission'),
      failure(fileTooLarge(1_000), { body: { ...BODY, size: 1_000_000_001 } }, 'The file is too large'),
      failure(lineTypeRequired(), { body: { ...BODY, type: 'application/json' } }, 'Measurements of another type'),
      failure(tooManyAttempts(NEW_FILES, 3_600)),
      ...idempotencyErrors({ body: { ...BODY, size: 40 } }),
      IN_PROGRESS,
    ],
    examples: {
      measurements: example('Measurements', { body: BODY }, WAITING, { status: 201 }),
      submission: example(
        'A file of a submission',
        { body: PHOTO },
        { ...WAITING, ...PHOTO, upload: [{ ...WAITING.upload[0], url: 'https://bucket.example/submissions/…' }] },
        { status: 201 },
      ),
    },
  },
}
