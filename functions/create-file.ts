import { clientAddress } from '../lib/access/client-address.ts'
import { clientToken } from '../lib/access/client-token.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { getSettings } from '../lib/config/settings.ts'
import { ownerOf } from '../lib/core/caller.ts'
import { createFile } from '../lib/files/create-file.ts'
import { newFile, resolveFileOptions } from '../lib/files/new-file.ts'
import { fileResource, toResource } from '../lib/files/resource.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { parseIdempotencyKey } from '../lib/http/idempotency-key.ts'
import { fromJson } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'
import { log } from '../lib/observability/log.ts'

/**
 * POST /files: creates a large file, whose parts the client then sends to presigned URLs of the bucket -> 201 with the file. A
 * retry with the same Idempotency-Key returns the same file.
 */
export const handler = endpoint(
  {
    access: requireAnyOf(clientToken('upload')),
    input: fromJson(newFile),
    responses: { 201: fileResource },
  },
  async ({ request, input, caller }) => {
    const { MAX_FILE_MB } = await getSettings('MAX_FILE_MB')
    const options = resolveFileOptions(input, caller.upload, MAX_FILE_MB)
    const key = parseIdempotencyKey(request)
    const address = await clientAddress(request)
    const file = await createFile(ownerOf(caller), { input, options, key, address }, request.receivedAt)
    const resource = await toResource(file, request.receivedAt)
    const { id, purpose, size } = resource
    log('file_created', { request_id: request.id, client_id: caller.clientId, file: id, purpose, bytes: size })
    return json(201, resource, { location: `${request.path.replace(/\/$/, '')}/${id}` })
  },
)
