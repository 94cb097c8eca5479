import * as z from 'zod/mini'
import { invalidParameter } from '../http/input.ts'
import type { ClientRecord } from './store.ts'

/** @limit Attestation | App IDs, or certificates, of a client */
const MAX_ENTRIES = 10

const APP_ID = /^[A-Z0-9]{10}\.[\w.-]{1,155}$/
const PACKAGE = /^[a-z]\w*(?:\.[a-z]\w*)+$/i
const DIGEST = /^(?:[0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i

const list = <Item extends z.ZodMiniType>(item: Item) =>
  z
    .array(item)
    .check(z.minLength(1, 'must not be empty'), z.maxLength(MAX_ENTRIES, `must have at most ${MAX_ENTRIES} entries`))

export const DISTRIBUTION_NAMES = ['app_store', 'testflight', 'enterprise', 'developer_id'] as const
export const DEVICE_VERDICTS = [
  'MEETS_BASIC_INTEGRITY',
  'MEETS_DEVICE_INTEGRITY',
  'MEETS_STRONG_INTEGRITY',
  'MEETS_VIRTUAL_INTEGRITY',
] as const
export const APP_VERDICTS = ['PLAY_RECOGNIZED', 'UNRECOGNIZED_VERSION'] as const

const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, `must be out of ${names.join(', ')}`)

const ios = z.strictObject({
  app_ids: list(
    z.string().check(z.regex(APP_ID, 'must be App IDs: the prefix of ten characters, a dot and the bundle id')),
  ),
  distribution: z._default(list(oneOf(DISTRIBUTION_NAMES)), ['app_store', 'testflight']),
  development: z._default(z.boolean(), false),
})

const android = z.strictObject({
  package: z.string().check(z.regex(PACKAGE, 'must be the package name of an app, such as com.example.app')),
  /** `keytool` and the Play Console show pairs of digits with colons. */
  certificate_sha256: list(
    z.string().check(
      z.regex(DIGEST, 'must be SHA-256 digests of certificates, in hexadecimal'),
      z.overwrite((text) => text.replaceAll(':', '').toLowerCase()),
    ),
  ),
  device: z._default(z.array(oneOf(DEVICE_VERDICTS)), ['MEETS_DEVICE_INTEGRITY']),
  app: z._default(list(oneOf(APP_VERDICTS)), ['PLAY_RECOGNIZED']),
  development: z._default(z.boolean(), false),
})

/** What the app of an attested client must prove, and whether its tokens need the proof already. */
export const attestationPolicy = z
  .strictObject({
    mode: z.enum(['required', 'shadow'], 'must be required or shadow'),
    ios: z.optional(ios),
    android: z.optional(android),
  })
  .check(z.refine((policy) => policy.ios !== undefined || policy.android !== undefined, 'must have ios or android'))

export type AttestationPolicy = z.output<typeof attestationPolicy>

/** Throws `parameter_invalid` unless exactly the clients of the kind `attested` have a policy. */
export function checkPolicy(kind: ClientRecord['kind'], policy: AttestationPolicy | undefined): void {
  if (kind === 'attested' && policy === undefined) throw policyMissing()
  if (kind !== 'attested' && policy !== undefined) throw policyUnexpected()
}

export const policyMissing = () =>
  invalidParameter([{ field: 'attestation', detail: 'is missing: a client of the kind attested needs it' }])
const policyUnexpected = () =>
  invalidParameter([{ field: 'attestation', detail: 'must be omitted unless kind is attested' }])
