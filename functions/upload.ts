import * as z from 'zod/mini'
import { clientToken } from '../lib/access/client-token.ts'
import { deviceKey } from '../lib/access/device-key.ts'
import { allowAnonymousIf, requireAnyOf } from '../lib/access/proof.ts'
import { saltedChecksum } from '../lib/access/salted-checksum.ts'
import { getSettings } from '../lib/config/settings.ts'
import type { Caller } from '../lib/core/caller.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { parseIdempotencyKey } from '../lib/http/idempotency-key.ts'
import { fromQuery, withSchemas } from '../lib/http/input.ts'
import { decodeBody, type Request } from '../lib/http/request.ts'
import { json } from '../lib/http/response.ts'
import { withClientOptions } from '../lib/measurements/client-options.ts'
import { csvTypeOf } from '../lib/measurements/content-type.ts'
import { parseUpload } from '../lib/measurements/parse-upload.ts'
import { uploadPreview } from '../lib/measurements/preview.ts'
import { storeUpload } from '../lib/measurements/store/store-upload.ts'
import { uploadQuery } from '../lib/measurements/upload-options.ts'
import { FORWARDING_FILTERS } from '../lib/opensensemap/box.ts'
import { markDueBlocks } from '../lib/opensensemap/due-index.ts'

const stored = z.object({
  'saved-in-db': z.int().check(z.minimum(0)),
  warnings: z.optional(z.array(z.string())),
  dry_run: z.optional(uploadPreview),
})

const isOpen = async () => !(await getSettings('UPLOAD_REQUIRES_AUTH')).UPLOAD_REQUIRES_AUTH

/** `/upload/csv` is CSV, because many senders of files do not know its type. */
function contentTypeOf({ path, headers }: Request): string | undefined {
  const { 'content-type': contentType } = headers
  return /\/csv\/?$/.test(path) && csvTypeOf(contentType) === null ? 'text/csv' : contentType
}

const readUpload = withSchemas({ query: uploadQuery }, async (request) => {
  const query = await fromQuery(uploadQuery)(request)
  const settings = { ...(await getSettings('ACCEPT_COLUMNS', 'TEXT_COLUMNS')), sensor: request.headers['x-sensor'] }
  const body = decodeBody(request)
  const contentType = contentTypeOf(request)
  // Few clients have options. So the body is parsed before the client is known, and only theirs is parsed again.
  let first: ReturnType<typeof parseUpload> | null = parseUpload(contentType, body, query, settings)
  first.catch(() => undefined)
  const parseFor = (caller: Caller) => {
    const texts = 'upload' in caller ? caller.upload : undefined
    if (first && !texts) return first
    // Two tables of a large body need much memory.
    first = null
    return parseUpload(contentType, body, withClientOptions(query, texts ?? {}, contentType), settings)
  }
  return { query, body, parseFor }
})

/**
 * POST /upload: stores a table in JSON, NDJSON, CSV, form or MessagePack -> {"saved-in-db": rows, warnings?}. POST
 * /upload/csv: the same in CSV. Either all rows are stored, or an error is returned and a retry is safe. `dry_run`
 * stores nothing and describes the rows.
 */
export const handler = endpoint(
  {
    access: allowAnonymousIf(isOpen, requireAnyOf(clientToken('upload'), saltedChecksum(isOpen), deviceKey)),
    input: readUpload,
    responses: { 200: stored },
  },
  async ({ request, input: { query, body, parseFor }, caller }) => {
    const { options, table, warnings } = await parseFor(caller)
    const key = parseIdempotencyKey(request)
    const { TIME_COLUMNS, ...filters } = await getSettings('TIME_COLUMNS', ...FORWARDING_FILTERS)
    const upload = {
      ...{ body, table, warnings, key },
      timeColumns: TIME_COLUMNS,
      options: { ...options, dry_run: query.dry_run },
    }
    return json(200, await storeUpload(request, caller, upload, markDueBlocks(caller.clientId, filters)))
  },
)
