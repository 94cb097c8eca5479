import * as z from 'zod/mini'
import { authTokenIn, clientToken } from '../lib/access/client-token.ts'
import { deviceKey } from '../lib/access/device-key.ts'
import { allowAnonymousIf, requireAnyOf } from '../lib/access/proof.ts'
import { getSettings } from '../lib/config/settings.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { parseIdempotencyKey } from '../lib/http/idempotency-key.ts'
import { formatInfluxError } from '../lib/http/influx-error.ts'
import { fromQuery, withSchemas } from '../lib/http/input.ts'
import { authorizationCredentials, decodeBody } from '../lib/http/request.ts'
import { empty } from '../lib/http/response.ts'
import { type Precision, parseLineProtocol } from '../lib/measurements/line-protocol.ts'
import { storeUpload } from '../lib/measurements/store/store-upload.ts'
import { toTable } from '../lib/measurements/table.ts'
import { Warnings } from '../lib/measurements/warnings.ts'
import { FORWARDING_FILTERS } from '../lib/opensensemap/box.ts'
import { markDueBlocks } from '../lib/opensensemap/due-index.ts'

/** Unknown parameters are rejected: a mistyped precision would store wrong times. */
const writeQuery = z.strictObject({
  precision: z._default(z.enum(['ns', 'us', 'ms', 's'] satisfies Precision[]), 'ns'),
  org: z.optional(z.string()),
  orgID: z.optional(z.string()),
  bucket: z.optional(z.string()),
  consistency: z.optional(z.string()),
})

const isOpen = async () => !(await getSettings('UPLOAD_REQUIRES_AUTH')).UPLOAD_REQUIRES_AUTH

/** The word Token precedes an auth token, or a device key, which has a colon. */
const tokenScheme = authTokenIn(
  (request) => {
    const token = authorizationCredentials(request, 'Token')
    return token?.includes(':') ? undefined : token
  },
  'as Authorization: Token',
  ['upload'],
)

const readWrite = withSchemas({ query: writeQuery }, async (request) => {
  const { precision } = await fromQuery(writeQuery)(request)
  const { ACCEPT_COLUMNS, TEXT_COLUMNS } = await getSettings('ACCEPT_COLUMNS', 'TEXT_COLUMNS')
  const warnings = new Warnings()
  // A point without a timestamp has the time of receipt, as in InfluxDB.
  warnings.ignore('no_time_column')
  const body = decodeBody(request)
  const table = toTable(parseLineProtocol(body, precision), ACCEPT_COLUMNS, warnings, TEXT_COLUMNS)
  return { body, table, warnings, key: parseIdempotencyKey(request), timeColumns: ['time'], options: {} }
})

/**
 * POST /api/v2/write: stores line protocol, as InfluxDB 2 does -> 204. All points are stored or none; the errors have
 * the form of InfluxDB.
 */
export const handler = endpoint(
  {
    access: allowAnonymousIf(isOpen, requireAnyOf(clientToken('upload'), tokenScheme, deviceKey)),
    input: readWrite,
    responses: {},
    formatError: formatInfluxError,
  },
  async ({ request, input, caller }) => {
    const filters = await getSettings(...FORWARDING_FILTERS)
    await storeUpload(request, caller, input, markDueBlocks(caller.clientId, filters))
    return empty(204)
  },
)
