import * as z from 'zod/mini'
import { measurementExporter } from '../lib/access/exports-measurements.ts'
import { resolveOwner } from '../lib/core/caller.ts'
import { createExport } from '../lib/exports/create-export.ts'
import { exportId } from '../lib/exports/export.ts'
import { exportRequest } from '../lib/exports/parameters.ts'
import { requireExport } from '../lib/exports/require-export.ts'
import { exportResource, resourceHeaders, toResource } from '../lib/exports/resource.ts'
import { markForRemoval } from '../lib/exports/store.ts'
import { startWork } from '../lib/files/start-work.ts'
import { endpointByRoute } from '../lib/http/by-method.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { parseIdempotencyKey } from '../lib/http/idempotency-key.ts'
import { fromJson, fromPath } from '../lib/http/input.ts'
import { empty, json } from '../lib/http/response.ts'
import { log } from '../lib/observability/log.ts'

/**
 * POST /exports: starts writing all rows that GET /download selects to files -> 202 {id, state, …}. GET /exports/{id}
 * returns links to the files when they are ready.
 */
const create = endpoint(
  {
    access: measurementExporter,
    input: fromJson(exportRequest),
    responses: { 202: exportResource },
  },
  async ({ request, input, caller }) => {
    const owner = resolveOwner(caller, input)
    const created = await createExport(owner, input, parseIdempotencyKey(request), request.receivedAt)
    const resource = await toResource(created)
    const { id, format, state } = resource
    if (state === 'waiting') await startWork({ export: id })
    log('export_created', { request_id: request.id, client_id: owner.clientId, export_id: id, format })
    return json(202, resource, { location: `/exports/${id}`, ...resourceHeaders(resource) })
  },
)

const path = z.object({ id: exportId })

/** GET /exports/{id}: returns an export, with links to its files when they are ready. */
const read = endpoint(
  {
    access: measurementExporter,
    input: fromPath(path),
    responses: { 200: exportResource },
  },
  async ({ input: { id }, caller }) => {
    const resource = await toResource(await requireExport(id, caller))
    return json(200, resource, resourceHeaders(resource))
  },
)

/** DELETE /exports/{id}: ends an export -> 204. Its files are deleted soon after. */
const remove = endpoint(
  {
    access: measurementExporter,
    input: fromPath(path),
    responses: {},
  },
  async ({ request, input: { id }, caller }) => {
    await requireExport(id, caller)
    await markForRemoval(id, request.receivedAt)
    await startWork({ export: id })
    return empty(204)
  },
)

/** One Lambda for exports: the stack has few resources left. */
export const handler = endpointByRoute({
  'POST /exports': create,
  'GET /exports/{id}': read,
  'DELETE /exports/{id}': remove,
})
