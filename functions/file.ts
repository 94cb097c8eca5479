import * as z from 'zod/mini'
import { clientToken } from '../lib/access/client-token.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { ownerOf } from '../lib/core/caller.ts'
import { completeFile } from '../lib/files/complete-file.ts'
import { fileId } from '../lib/files/file.ts'
import { removeOwnFile } from '../lib/files/remove-file.ts'
import { fileResource, toResource } from '../lib/files/resource.ts'
import { startWork } from '../lib/files/start-work.ts'
import { requireFile } from '../lib/files/store.ts'
import { endpointByRoute } from '../lib/http/by-method.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromPath } from '../lib/http/input.ts'
import { empty, json } from '../lib/http/response.ts'
import { log } from '../lib/observability/log.ts'

/** The token that created the file, or another one of the same client and participant. */
const contract = {
  access: requireAnyOf(clientToken('upload')),
  input: fromPath(z.object({ id: fileId })),
}

/** GET /files/{id}: the state of a file, with URLs for the parts that are missing. */
const readEndpoint = endpoint(
  { ...contract, responses: { 200: fileResource } },
  async ({ request, input: { id }, caller }) => {
    const file = await requireFile(id, ownerOf(caller))
    return json(200, await toResource(file, request.receivedAt))
  },
)

/** Seconds after which a client asks for the state of the file. */
const RETRY_AFTER = '2'

/**
 * POST /files/{id}/complete: all parts are sent, and the file is processed from now on -> 202 with the file. A retry
 * returns its current state.
 */
const completeEndpoint = endpoint(
  { ...contract, responses: { 202: fileResource } },
  async ({ request, input: { id }, caller }) => {
    const file = await requireFile(id, ownerOf(caller))
    const completed = await completeFile(file, request.receivedAt)
    if (file.state === 'waiting') {
      log('file_completed', { request_id: request.id, file: id, purpose: file.purpose, bytes: file.size })
      await startWork({ file: id })
    }
    const location = request.path.replace(/\/complete\/?$/, '')
    return json(202, await toResource(completed, request.receivedAt), { location, 'retry-after': RETRY_AFTER })
  },
)

/** DELETE /files/{id}: ends the transfer of a file, or removes its content -> 204. */
const deleteEndpoint = endpoint({ ...contract, responses: {} }, async ({ request, input: { id }, caller }) => {
  await removeOwnFile(await requireFile(id, ownerOf(caller)), request.receivedAt)
  // No caller sees the file any longer; the work deletes its parts and its content.
  await startWork({ file: id })
  return empty(204)
})

export const handler = endpointByRoute({
  'GET /files/{id}': readEndpoint,
  'POST /files/{id}/complete': completeEndpoint,
  'DELETE /files/{id}': deleteEndpoint,
})
