import { randomBytes } from 'node:crypto'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { randomSecret, secretDigest } from '../crypto/secrets.ts'
import { encryptSecret } from '../crypto/stored-secrets.ts'
import { boundedString, invalidParameter } from '../http/input.ts'
import { attestationPolicy, checkPolicy } from './attestation-policy.ts'
import { checkCallbackUrl } from './callback-url.ts'
import { saltInUse, saltSchema } from './salts.ts'
import { CONFIDENTIAL_ONLY, parseScope, SCOPES } from './scopes.ts'
import { type ClientRecord, createClient } from './store.ts'
import { claimSalt } from './store-salts.ts'

/** Scopes separated by spaces (RFC 6749 section 3.3). */
export const scopeText = z.pipe(
  z.pipe(z.string(), z.transform(parseScope)),
  z
    .array(z.enum(SCOPES, `must be scopes separated by spaces, out of ${SCOPES.join(', ')}`))
    .check(z.minLength(1, 'must not be empty')),
)

const callbackUrlText = boundedString(2_048)

/** @limit Access | further callback URLs of a client */
const MAX_CALLBACK_URLS = 10

/** @limit Access | services that one client can get tokens for */
const MAX_AUDIENCES = 10
/**
 * A token with every audience fits into a URL and a header.
 * @limit Access | characters of an audience
 */
const MAX_AUDIENCE_CHARACTERS = 200

/** A URI without a fragment (RFC 8707 section 2), or a name without a colon (RFC 7519 section 2). */
const audienceSchema = boundedString(MAX_AUDIENCE_CHARACTERS).check(
  z.regex(
    /^(?:[a-z][a-z0-9+.-]*:[!$-;=?-[\]_a-z~]+|[\w.-]+)$/i,
    'must consist of absolute URIs without a fragment, or names of letters, digits, dots, hyphens and underscores',
  ),
)

export const audienceList = z.pipe(
  z.array(audienceSchema).check(z.maxLength(MAX_AUDIENCES, `must have at most ${MAX_AUDIENCES} entries`)),
  z.transform((names) => [...new Set(names)]),
)

export const registration = z.strictObject({
  callback_url: callbackUrlText,
  callback_urls: z.optional(
    z.array(callbackUrlText).check(z.maxLength(MAX_CALLBACK_URLS, `must have at most ${MAX_CALLBACK_URLS} entries`)),
  ),
  name: z.optional(boundedString(128)),
  kind: z._default(
    z.enum(['public', 'confidential', 'attested'], 'must be public, confidential or attested'),
    'public',
  ),
  attestation: z.optional(attestationPolicy),
  scope: z._default(scopeText, ['upload']),
  audience: z.optional(audienceList),
  checksum_salt: z.optional(saltSchema),
  dpop_bound: z.optional(z.boolean()),
})

export const registered = z.object({
  client_id: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
  /** For confidential clients only. */
  client_secret: z.optional(z.string()),
  /** Only if upload options are registered. */
  upload: z.optional(z.record(z.string(), z.string())),
})

/**
 * Registers a client; `upload` are validated options of its uploads. Returns the secret of a confidential client, of which the table stores only a digest. Throws
 * `parameter_invalid`.
 */
export async function registerClient(
  {
    callback_url,
    callback_urls,
    name,
    kind,
    attestation,
    scope,
    audience,
    checksum_salt,
    dpop_bound,
    upload,
  }: z.output<typeof registration> & {
    upload?: ClientRecord['upload'] | undefined
  },
  now: number,
): Promise<z.output<typeof registered>> {
  const { STAGE, CHECKSUM_SALTS } = await getSettings('STAGE', 'CHECKSUM_SALTS')
  const callbacks = parseCallbackUrls([callback_url, ...(callback_urls ?? [])], kind, STAGE !== 'local')
  rejectReservedScopes(kind, scope)
  checkPolicy(kind, attestation)
  const client_id = randomBytes(16).toString('hex')
  if (
    checksum_salt !== undefined &&
    (CHECKSUM_SALTS.includes(checksum_salt) || !(await claimSalt(checksum_salt, client_id, now)))
  ) {
    throw saltInUse('checksum_salt')
  }
  const client_secret = kind === 'confidential' ? randomSecret() : undefined
  const created_at = new Date(now).toISOString()
  await createClient({
    client_id,
    name,
    kind,
    attestation,
    ...callbacks,
    scope,
    audience,
    dpop_bound,
    secrets: client_secret === undefined ? [] : [{ digest: secretDigest(client_secret), created_at }],
    salts: checksum_salt === undefined ? [] : [await encryptSecret(checksum_salt)],
    status: 'active',
    created_at,
    upload,
  })
  return { client_id, client_secret, ...(upload && { upload }) }
}

/** Returns callback URLs in normal form, of which the first is the default. Throws `parameter_invalid`. */
export function parseCallbackUrls(
  texts: readonly string[],
  kind: ClientRecord['kind'],
  isDeployed: boolean,
): Pick<ClientRecord, 'callback_url' | 'callback_urls'> {
  const urls = texts.map((text, index) => {
    const callback = checkCallbackUrl(text, isDeployed, kind)
    if ('url' in callback) return callback.url
    const field = index === 0 ? 'callback_url' : `callback_urls[${index - 1}]`
    throw invalidParameter([{ field, detail: callback.issue }])
  })
  const [callback_url = '', ...callback_urls] = new Set(urls)
  return { callback_url, ...(callback_urls.length > 0 && { callback_urls }) }
}

/** Throws `parameter_invalid` for scopes that clients of this kind cannot have. */
export function rejectReservedScopes(kind: ClientRecord['kind'], scope: readonly string[]): void {
  const reserved = kind !== 'confidential' ? scope.filter((name) => CONFIDENTIAL_ONLY.includes(name)) : []
  if (reserved.length > 0) throw reservedScopes(reserved)
}

export const reservedScopes = (scopes: readonly string[]) =>
  invalidParameter([{ field: 'scope', detail: `can contain ${scopes.join(' and ')} only if kind is confidential` }])
