import * as z from 'zod/mini'
import { clientToken } from '../lib/access/client-token.ts'
import { deviceKey } from '../lib/access/device-key.ts'
import { allowAnonymousIf, requireAnyOf } from '../lib/access/proof.ts'
import { saltedChecksum } from '../lib/access/salted-checksum.ts'
import { getSettings } from '../lib/config/settings.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { parseIdempotencyKey } from '../lib/http/idempotency-key.ts'
import { fromQuery, withSchemas } from '../lib/http/input.ts'
import { decodeBody } from '../lib/http/request.ts'
import { json } from '../lib/http/response.ts'
import { parseBody } from '../lib/measurements/parse-body.ts'
import { uploadPreview } from '../lib/measurements/preview.ts'
import { storeUpload } from '../lib/measurements/store/store-upload.ts'
import { toTable } from '../lib/measurements/table.ts'
import { uploadQuery } from '../lib/measurements/upload-options.ts'
import { Warnings } from '../lib/measurements/warnings.ts'
import { FORWARDING_FILTERS } from '../lib/opensensemap/box.ts'
import { markDueBlocks } from '../lib/opensensemap/due-index.ts'

const stored = z.object({
  'saved-in-db': z.int().check(z.minimum(0)),
  warnings: z.optional(z.array(z.string())),
  dry_run: z.optional(uploadPreview),
})

const isOpen = async () => !(await getSettings('UPLOAD_REQUIRES_AUTH')).UPLOAD_REQUIRES_AUTH

const readUpload = withSchemas({ query: uploadQuery }, async (request) => {
  const options = await fromQuery(uploadQuery)(request)
  const { ACCEPT_COLUMNS, TEXT_COLUMNS } = await getSettings('ACCEPT_COLUMNS', 'TEXT_COLUMNS')
  const warnings = new Warnings()
  const body = decodeBody(request)
  const raw = parseBody(request.headers['content-type'], body, warnings, {
    ...options,
    textColumns: TEXT_COLUMNS,
    sensor: request.headers['x-sensor'],
  })
  const table = toTable(raw, ACCEPT_COLUMNS, warnings, TEXT_COLUMNS)
  return { options, body, table, warnings, key: parseIdempotencyKey(request) }
})

/**
 * POST /upload: stores a table in JSON, NDJSON, CSV, form or MessagePack -> {"saved-in-db": rows, warnings?}. Either all
 * rows are stored, or an error is returned and a retry is safe. `dry_run` stores nothing and describes the rows.
 */
export const handler = endpoint(
  {
    access: allowAnonymousIf(isOpen, requireAnyOf(clientToken('upload'), saltedChecksum(isOpen), deviceKey)),
    input: readUpload,
    responses: { 200: stored },
  },
  async ({ request, input: { options, body, table, warnings, key }, caller }) => {
    const { TIME_COLUMNS, ...filters } = await getSettings('TIME_COLUMNS', ...FORWARDING_FILTERS)
    const upload = { body, table, warnings, key, timeColumns: TIME_COLUMNS, options }
    return json(200, await storeUpload(request, caller, upload, markDueBlocks(caller.clientId, filters)))
  },
)
