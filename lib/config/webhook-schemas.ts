import * as z from 'zod/mini'
import { parsedString } from '../core/zod-helpers.ts'
import { upperName } from './secret-schemas.ts'
import { BUILT_IN, PRESETS } from './webhook-presets.ts'

/** Schemas of webhooks.yml: how each provider proves who it is, and where its events go. No message quotes a value. */

/**
 * Names are in paths, in names of parameters, and in ids of events. `WEBHOOK_TARGET_X` is the secret of a target, so that no
 * provider may be called `target-x`.
 */
export const providerName = z
  .string()
  .check(
    z.regex(
      /^(?!target-)[a-z][a-z0-9-]{0,31}$/,
      'must be named with 1 to 32 lower-case letters, digits or hyphens, and not start with target-',
    ),
  )

const headerName = z.pipe(
  z.string().check(z.regex(/^[\w!#$%&'*+.^`|~-]{1,100}$/, 'must be the name of a header')),
  z.transform((name) => name.toLowerCase()),
)

/**
 * Where a value is: a JSON pointer (RFC 6901) into the body, or the name of a header in lower case. A name with a dot, or
 * with `$` before it, is a path in the syntax of another library.
 */
const place = z.pipe(
  z.string().check(
    z.refine(
      (text) => text.startsWith('/') || !/^\$|\./.test(text),
      'must start with / for a pointer into the body; data.id would be a header',
    ),
    z.regex(/^(?:\/.{1,200}|[\w!#$%&'*+.^`|~-]{1,100})$/, 'must be a JSON pointer such as /id, or a header'),
  ),
  z.transform((text) => (text.startsWith('/') ? text : text.toLowerCase())),
)

const urlWith = (protocols: RegExp) =>
  parsedString((text) => {
    const url = new URL(text)
    return protocols.test(url.protocol) && `${url.username}${url.password}${url.hash}` === '' ? url.href : undefined
  }, 'must be an https URL without user name and fragment')

/** The address of a backend. dev/webhooks-file.ts accepts http for the local run only. */
export const targetUrl = urlWith(/^https?:$/)
/** The name of an EventBridge bus. */
export const busName = z.string().check(z.regex(/^[\w./-]{1,256}$/, 'must be the name of an event bus'))

const text = z.string().check(z.maxLength(100))
const nonEmptyText = text.check(z.minLength(1))

/** What every scheme with a secret has. */
const common = {
  /** The parameter with the secrets; by default `WEBHOOK_` and the provider's name. */
  secret: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^(?:WEBHOOK_(?!TARGET_)[A-Z0-9_]{1,64}|HLSERVER_WEBHOOK_SECRET|INCODE_WEBHOOK_HEADER)$/,
          'must be WEBHOOK_ and upper-case letters, digits or _, without TARGET_ after it',
        ),
      ),
  ),
  /** Only counted: a delivery is neither accepted nor rejected because of it. */
  shadow: z._default(z.boolean(), false),
}
/** Seconds by which clocks may differ, in both directions. */
const tolerance = z._default(z.int().check(z.gte(1), z.lte(3_600)), 300)
const signature = {
  header: headerName,
  algorithm: z._default(z.enum(['sha1', 'sha256', 'sha512']), 'sha256'),
  encoding: z._default(z.enum(['hex', 'base64']), 'hex'),
  /** Text before the signature. */
  prefix: z._default(text, ''),
}

/** The headers webhook-id, webhook-timestamp and webhook-signature (standardwebhooks.com), or svix-id and so on. */
const standardWebhooks = z.strictObject({ scheme: z.literal('standard-webhooks'), tolerance, ...common })

/** An HMAC of the body. */
const hmac = z.strictObject({
  scheme: z.literal('hmac'),
  ...signature,
  /** Text between several signatures in one header. Each has the prefix, and one of them must be right. */
  separator: z.optional(nonEmptyText),
  ...common,
})

/** An HMAC that covers a time too: of a part of the same header (`t=…,v1=…`), or of a header of its own. */
const timestampedHmac = z
  .strictObject({
    scheme: z.literal('timestamped-hmac'),
    ...signature,
    parts: z.optional(
      z.strictObject({ time: nonEmptyText, signature: nonEmptyText, separator: z._default(nonEmptyText, ',') }),
    ),
    timeHeader: z.optional(headerName),
    /** The only accepted form of the time; without it, UNIX seconds or milliseconds. */
    timeFormat: z.optional(z.enum(['seconds', 'milliseconds', 'iso'])),
    /** What is signed. */
    content: z._default(
      z
        .string()
        .check(
          z.regex(
            /^[^{}]*(?:\{time\}[^{}]*\{body\}|\{body\}[^{}]*\{time\})[^{}]*$/,
            'must contain {time} and {body}, each once',
          ),
        ),
      '{time}.{body}',
    ),
    tolerance,
    ...common,
  })
  .check(
    z.refine(
      ({ parts, timeHeader }) => (parts === undefined) !== (timeHeader === undefined),
      'must have either parts or timeHeader',
    ),
    // Otherwise, a sender could move digits between the time and the body. A format fixes the length of the time.
    z.refine(({ content, timeFormat }) => timeFormat !== undefined || /\}[^{}]*[^{}\d][^{}]*\{/.test(content), {
      path: ['content'],
      error: 'must have text between {time} and {body} that is not only digits, or timeFormat must be set',
    }),
  )

/** A header with a secret value. Without `header`, the secret is `Name: value`. */
const header = z.strictObject({ scheme: z.literal('header'), header: z.optional(headerName), ...common })

/** HTTP Basic. The secret is `user:password`. */
const basic = z.strictObject({ scheme: z.literal('basic'), ...common })

/** An auth token with scope `webhook`, which the provider gets from `/token`. */
const authToken = z.strictObject({
  scheme: z.literal('auth-token'),
  /** The id of the only client that may deliver. */
  client: z.optional(text),
})

/** A JWT with a digest of the body. Its keys are at a URL, or the secret is a JWK set or a shared key. */
const jwt = z
  .strictObject({
    scheme: z.literal('jwt'),
    header: headerName,
    /** The claim with the SHA-256 digest of the body. */
    claim: nonEmptyText,
    encoding: z._default(z.enum(['hex', 'base64']), 'hex'),
    algorithms: z.array(z.enum(['RS256', 'ES256', 'EdDSA', 'HS256'])).check(z.minLength(1)),
    jwks: z.optional(urlWith(/^https:$/)),
    tolerance,
    ...common,
  })
  .check(
    z.refine(({ jwks, algorithms }) => jwks === undefined || algorithms.some((name) => name !== 'HS256'), {
      path: ['jwks'],
      error: 'must not be set for HS256 alone: a shared key is a secret',
    }),
  )

const scheme = z.discriminatedUnion('scheme', [standardWebhooks, hmac, timestampedHmac, header, basic, authToken, jwt])

const provider = z.strictObject({
  /** A delivery is accepted if one of them accepts it. */
  verify: z.array(scheme, 'must say how the provider proves who it is, or take it from a preset with like').check(
    z.minLength(1),
    z.refine((schemes) => schemes.some((scheme) => !isShadow(scheme)), 'needs a scheme without shadow'),
  ),
  /** What identifies an event; without it, the digest of the body. */
  id: z.optional(place),
  type: z.optional(place),
  time: z.optional(place),
  answer: z._default(
    z.strictObject({
      status: z._default(z.union([z.literal(200), z.literal(204)], 'must be 200 or 204'), 200),
      body: z.optional(z.record(z.string(), z.unknown())),
    }),
    { status: 200, body: { ok: true } },
  ),
  /** Where the body has a text that the answer must repeat, as providers that check an address demand. */
  challenge: z.optional(place),
  /** The address of a backend that gets each event. */
  target: z.optional(targetUrl),
  /** The name of an EventBridge bus that gets each event. */
  bus: z.optional(busName),
})

const record = z.record(z.string(), z.unknown())

/** Takes what an entry does not have from the preset that `like` names. */
function withPreset(entry: Readonly<Record<string, unknown>>, presets: Readonly<Record<string, object>>) {
  const { like, ...own } = entry
  if (like === undefined) return own
  const preset = typeof like === 'string' && Object.hasOwn(presets, like) ? presets[like] : undefined
  // An unknown preset stays, and is rejected as an unknown member.
  return preset ? { ...preset, ...own } : entry
}

const PRESET_SCHEMES = Object.fromEntries(Object.entries(PRESETS).map(([name, { verify }]) => [name, verify]))

/** Returns an entry with its preset, and `verify` as a list of schemes with theirs. */
function expandEntry(name: string, entry: unknown): unknown {
  const parsed = record.safeParse(entry ?? {})
  if (!parsed.success) return entry
  const builtIns: Readonly<Record<string, object>> = BUILT_IN
  const builtIn = Object.hasOwn(builtIns, name) ? builtIns[name] : {}
  const expanded: Record<string, unknown> = { ...builtIn, ...withPreset(parsed.data, PRESETS) }
  const { verify } = expanded
  if (verify === undefined) return expanded
  const schemes = [verify].flat().map((item) => {
    const fields = record.safeParse(item)
    return fields.success ? withPreset(fields.data, PRESET_SCHEMES) : item
  })
  return { ...expanded, verify: schemes }
}

/** The entries of webhooks.yml by the provider's name, with the built-in ones. */
export const webhookEntries = z.pipe(
  z.pipe(
    record,
    z.transform((entries) => {
      const all: Record<string, unknown> = { helplightning: {}, incode: {}, ...entries }
      return Object.fromEntries(Object.entries(all).map(([name, entry]) => [name, expandEntry(name, entry)]))
    }),
  ),
  z.pipe(
    z.record(providerName, provider),
    z.transform((entries) => new Map(Object.entries(entries).map(([name, entry]) => [name, { name, ...entry }]))),
  ),
)

/** The same as JSON text, which is how functions get it. */
export const webhooksText = () =>
  z.prefault(
    z.pipe(
      parsedString((text): unknown => JSON.parse(text), 'must be JSON'),
      webhookEntries,
    ),
    '{}',
  )

/** A provider whose webhooks Latchkey receives. */
export interface WebhookProvider extends z.output<typeof provider> {
  /** Its name in the path, in ids of events and in metrics. */
  name: string
}
export type WebhookScheme = z.output<typeof scheme>
export type SchemeOf<Name extends WebhookScheme['scheme']> = Extract<WebhookScheme, { scheme: Name }>

/** The parameter with the secrets of a scheme. */
export const secretNameOf = ({ name }: { name: string }, { secret }: { secret?: string | undefined }): string =>
  secret ?? `WEBHOOK_${upperName(name)}`

/** A scheme that lib/webhooks verifies. An auth token is verified by lib/access. */
export type SecretScheme = Exclude<WebhookScheme, { scheme: 'auth-token' }>

/** Whether a scheme is only tried. */
export const isShadow = (scheme: WebhookScheme): boolean => 'shadow' in scheme && scheme.shadow

/** Whether a scheme has a secret: an auth token has none, and the keys of a JWT can be at a URL. */
export const hasSecret = (scheme: WebhookScheme): scheme is SecretScheme =>
  scheme.scheme !== 'auth-token' && (scheme.scheme !== 'jwt' || scheme.jwks === undefined)
