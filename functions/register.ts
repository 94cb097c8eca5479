import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { proofOf } from '../lib/access/access.ts'
import { adminToken } from '../lib/access/admin-token.ts'
import { checkCallbackUrl } from '../lib/access/callback-url.ts'
import { CONFIDENTIAL_ONLY, scopeText } from '../lib/access/scopes.ts'
import { settings } from '../lib/config.ts'
import { seal } from '../lib/hashing/seal.ts'
import { newSecret, secretDigest } from '../lib/hashing/secrets.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { byMethod, fromJson, fromQuery, invalid } from '../lib/http/input.ts'
import { json } from '../lib/http/respond.ts'
import { createClient } from '../lib/store/clients.ts'
import { claimSalt } from '../lib/store/salts.ts'

const text = (longest: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(longest, `must have at most ${longest} characters`)
    .refine((value) => value.isWellFormed(), 'must be well-formed text')

const callback_url = text(2_048)
const registration = z.strictObject({
  callback_url,
  name: text(128).optional(),
  kind: z.enum(['public', 'confidential'], 'must be public or confidential').default('public'),
  scope: scopeText.default(['upload']),
  checksum_salt: text(256).optional(),
})

/** The collector's query carries the admin token as `token`; the rest is as in a body, by default. */
const asQuery = z
  .strictObject({ callback_url, token: z.string().optional() })
  .transform((query) => registration.parse({ callback_url: query.callback_url }))

/**
 * GET|POST /register: admin token + callback_url -> {client_id}. A confidential client gets its client_secret here and
 * never again; the table keeps a digest.
 */
export const handler = endpoint(
  {
    access: proofOf(adminToken({ inQuery: true })),
    input: byMethod({ GET: fromQuery(asQuery), POST: fromJson(registration) }),
  },
  async ({ input: { callback_url, name, kind, scope, checksum_salt }, request }) => {
    const { STAGE, SEAL_KEY, CHECKSUM_SALTS } = await settings('STAGE', 'SEAL_KEY', 'CHECKSUM_SALTS')
    const callback = checkCallbackUrl(callback_url, STAGE !== 'local')
    if ('fault' in callback) throw invalid([{ field: 'callback_url', detail: callback.fault }])
    const reserved = kind === 'public' ? scope.filter((each) => CONFIDENTIAL_ONLY.includes(each)) : []
    if (reserved.length > 0) {
      throw invalid([{ field: 'scope', detail: `may hold ${reserved.join(' and ')} only for a confidential client` }])
    }

    const client_id = randomBytes(16).toString('hex')
    if (
      checksum_salt !== undefined &&
      (CHECKSUM_SALTS.includes(checksum_salt) || !(await claimSalt(checksum_salt, client_id, request.receivedAt)))
    ) {
      throw invalid([{ field: 'checksum_salt', detail: 'is in use already: choose another, at random' }])
    }
    const client_secret = kind === 'confidential' ? newSecret() : undefined
    const created_at = new Date(request.receivedAt).toISOString()
    await createClient({
      client_id,
      name,
      kind,
      callback_url: callback.url,
      scope,
      secrets: client_secret === undefined ? [] : [{ digest: secretDigest(client_secret), created_at }],
      salts: checksum_salt === undefined ? [] : [await seal(checksum_salt, SEAL_KEY)],
      status: 'active',
      created_at,
    })
    return json(200, { client_id, client_secret })
  },
)
