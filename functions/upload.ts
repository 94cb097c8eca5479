import * as z from 'zod/mini'
import { clientToken } from '../lib/access/client-token.ts'
import { allowAnonymousIf, requireAnyOf } from '../lib/access/proof.ts'
import { saltedChecksum } from '../lib/access/salted-checksum.ts'
import { getSettings } from '../lib/config/settings.ts'
import { ownerOf } from '../lib/core/caller.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { parseIdempotencyKey } from '../lib/http/idempotency-key.ts'
import { decodeBody, type Request } from '../lib/http/request.ts'
import { json } from '../lib/http/response.ts'
import { toBlocks, withReceiptTime } from '../lib/measurements/blocks.ts'
import { parseBody } from '../lib/measurements/parse-body.ts'
import { storeBlocks } from '../lib/measurements/store/blocks.ts'
import { saveFirstReceipt } from '../lib/measurements/store/idempotency.ts'
import { toTable } from '../lib/measurements/table.ts'
import { Warnings } from '../lib/measurements/warnings.ts'
import { boxToForward } from '../lib/opensensemap/box.ts'
import { dueAttributes } from '../lib/opensensemap/due-index.ts'

const stored = z.object({
  'saved-in-db': z.int().check(z.minimum(0)),
  warnings: z.optional(z.array(z.string())),
})

const isOpen = async () => !(await getSettings('UPLOAD_REQUIRES_AUTH')).UPLOAD_REQUIRES_AUTH

const FORWARDING_SETTINGS = ['OSEM_UPLOAD', 'OSEM_CLIENTS', 'OSEM_BOXES', 'OSEM_COLUMNS'] as const

async function readTable(request: Request) {
  const { ACCEPT_COLUMNS } = await getSettings('ACCEPT_COLUMNS')
  const warnings = new Warnings()
  const body = decodeBody(request)
  const table = toTable(parseBody(request.headers['content-type'], body, warnings), ACCEPT_COLUMNS, warnings)
  return { body, table, warnings, key: parseIdempotencyKey(request) }
}

/**
 * POST /upload: stores a table in JSON, NDJSON, CSV, form or MessagePack -> {"saved-in-db": rows, warnings?}. Either all
 * rows are stored, or an error is returned and a retry is safe.
 */
export const handler = endpoint(
  {
    access: allowAnonymousIf(isOpen, requireAnyOf(clientToken('upload'), saltedChecksum(isOpen))),
    input: readTable,
    responses: { 200: stored },
  },
  async ({ request, input: { body, table, warnings, key }, caller }) => {
    const { TIME_COLUMNS, ...filters } = await getSettings('TIME_COLUMNS', ...FORWARDING_SETTINGS)
    const owner = ownerOf(caller)
    const context = {
      timeColumns: TIME_COLUMNS,
      participant: owner.participant,
      receivedAt: request.receivedAt,
      uploadId: key === null ? `request ${request.id}` : `key ${key}`,
    }
    const blocks = toBlocks(table, context, warnings)
    // Rows without times are identified by their upload, so only the key identifies a retry.
    const hasUntimedRows = blocks.some(({ timeColumn }) => timeColumn === null)
    const receivedAt =
      hasUntimedRows && key !== null ? await saveFirstReceipt(owner, key, body, request.receivedAt) : request.receivedAt
    const receipt = {
      receivedAt,
      matchedChecksums: 'matchedChecksums' in caller ? caller.matchedChecksums : [],
      failedChecksums: 'failedChecksums' in caller ? caller.failedChecksums : [],
    }
    await storeBlocks(owner, withReceiptTime(blocks, receivedAt), receipt, {
      nameless: key === null,
      deadline: request.deadline,
      attributesOf: (block) => dueAttributes(boxToForward(caller.clientId, block, filters), block),
    })
    const sentences = warnings.sentences()
    return json(200, { 'saved-in-db': table.rows, ...(sentences.length > 0 && { warnings: sentences }) })
  },
)
