import { randomBytes } from 'node:crypto'
import * as z from 'zod/mini'
import { createClient } from '../clients/store.ts'
import { claimSalt } from '../clients/store-salts.ts'
import { settings } from '../config/settings.ts'
import { seal } from '../crypto/encryption.ts'
import { newSecret, secretDigest } from '../crypto/secrets.ts'
import { chosenText, invalid } from '../http/input.ts'
import { checkCallbackUrl } from './callback-url.ts'
import { CONFIDENTIAL_ONLY, SCOPES } from './scopes.ts'

/** Scopes as OAuth writes them: names separated by blanks (RFC 6749 section 3.3). */
const scopeText = z.pipe(
  z.pipe(
    z.string(),
    z.transform((text) => [...new Set(text.split(' ').filter((name) => name !== ''))]),
  ),
  z
    .array(z.enum(SCOPES, `must be names out of ${SCOPES.join(', ')}, separated by blanks`))
    .check(z.minLength(1, 'must not be empty')),
)

/** What whoever registers a client says of it. */
export const registration = z.strictObject({
  callback_url: chosenText(2_048),
  name: z.optional(chosenText(128)),
  kind: z._default(z.enum(['public', 'confidential'], 'must be public or confidential'), 'public'),
  scope: z._default(scopeText, ['upload']),
  checksum_salt: z.optional(chosenText(256)),
})

/**
 * Registers a client, by the same rules wherever it is asked for. A confidential client's secret is given here and
 * never again: the table keeps a digest.
 */
export async function registerClient(
  { callback_url, name, kind, scope, checksum_salt }: z.output<typeof registration>,
  now: number,
): Promise<{ client_id: string; client_secret: string | undefined }> {
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
    (CHECKSUM_SALTS.includes(checksum_salt) || !(await claimSalt(checksum_salt, client_id, now)))
  ) {
    throw invalid([{ field: 'checksum_salt', detail: 'is in use already: choose another, at random' }])
  }
  const client_secret = kind === 'confidential' ? newSecret() : undefined
  const created_at = new Date(now).toISOString()
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
  return { client_id, client_secret }
}
