import { policyMissing } from '../lib/clients/attestation-policy.ts'
import { parseCallbackUrls, reservedScopes } from '../lib/clients/registration.ts'
import { CONFIDENTIAL_ONLY, SCOPES } from '../lib/clients/scopes.ts'
import { jsonTypeRequired } from '../lib/http/input.ts'
import { IN_PROGRESS, idempotencyErrors, SAME_RESPONSE } from '../lib/openapi/idempotency.ts'
import { example, failure, type Operation, type Operations } from '../lib/openapi/operation.ts'
import {
  ATTESTATION_POLICY,
  ATTESTED_ID,
  AUDIENCE,
  CALLBACK,
  CLIENT_ID,
  CLIENT_SECRET,
  CONFIDENTIAL_ID,
  SALT,
} from '../lib/openapi/samples.ts'

const callback_url = {
  description:
    'Where `/token` redirects the user of the app: an absolute http(s) URL without user name or password. A public client may have the scheme of its app, a domain name in reverse order (`com.example.app:/callback`). A deployed stage rejects localhost, private and link-local addresses in every spelling.',
  schema: { format: 'uri' },
}

const quoted = (names: readonly string[]): string[] => names.map((name) => `\`${name}\``)

const common = {
  tag: 'Clients and tokens',
  security: [{ adminToken: [] }, { adminTokenInQuery: [] }],
  headers: SAME_RESPONSE,
  responses: {
    200: {
      description: 'The client is registered.',
      fields: {
        client_id: 'Id of the app. The id of a public client is safe in source code.',
        client_secret:
          'Secret of a confidential client. It is shown only in this response, and in those to a retry with the same `Idempotency-Key`.',
        upload: 'The upload options of the client as texts, if it has any.',
      },
    },
  },
} satisfies Partial<Operation>

export const operations: Operations = {
  'GET /register': {
    ...common,
    id: 'registerPublicClient',
    summary: 'Register a public client',
    description:
      'Registers a public app with the scope `upload`, as the collector does. `POST` accepts more parameters. Each request creates another client, unless it has the same `Idempotency-Key`.',
    fields: { callback_url },
    errors: [
      failure(() => parseCallbackUrls(['ftp://app.example/'], 'public', false), {
        query: { callback_url: 'ftp://app.example/' },
      }),
      ...idempotencyErrors({ query: { callback_url: 'https://other.example/' } }),
      IN_PROGRESS,
    ],
    examples: {
      header: example('The admin token in the header', { query: { callback_url: CALLBACK } }, { client_id: CLIENT_ID }),
      collector: example(
        'The admin token in the URL, for an app with hash routing',
        { security: ['adminTokenInQuery'], query: { callback_url: 'https://ui.example/#/' } },
        { client_id: CLIENT_ID },
      ),
    },
  },
  'POST /register': {
    ...common,
    id: 'registerClient',
    summary: 'Register a client',
    description:
      'Registers an app: a public one, whose `client_id` is safe in source code, a confidential one with a secret that stays on a server, or an attested one, whose app proves that it is genuine. Everyone who knows the id of a public client can get its tokens: give it the scope `download` only if its data may be public, and never the scope `delete`.',
    fields: {
      callback_url,
      callback_urls: 'Further callback URLs, at most 10. `redirect_uri` at `/token` selects one.',
      name: 'A display name.',
      kind: '`public`, `confidential` or `attested`.',
      attestation:
        'For the kind `attested`: what its app must prove at `POST /attest`. `mode` is `required`, or `shadow`, in which tokens do not need it yet. `ios` has `app_ids` (prefix, dot, bundle id), `distribution` (`app_store`, `testflight`, `enterprise`, `developer_id`) and `development`. `android` has `package`, `certificate_sha256`, the verdicts `device` and `app`, and `development`. Set `development` to accept debug builds.',
      scope: {
        description: `Scopes of the client’s tokens, separated by spaces, out of ${quoted(SCOPES).join(', ')}. ${quoted(CONFIDENTIAL_ONLY).join(', ')} are for confidential clients.`,
        schema: { type: 'string', minLength: 1, default: 'upload', examples: ['upload download'] },
      },
      audience:
        'Services, besides Latchkey, that its tokens can be for: URIs without a fragment, or names. `/token` chooses among them.',
      checksum_salt:
        'A random salt for devices that sign their uploads or send it as a device key, of at least 16 characters. Each client needs a different one.',
      dpop_bound:
        'True if the tokens of the client must be bound to a key (RFC 9449): `POST /token` then requires a DPoP proof, and `GET /token` returns only codes.',
      upload:
        'Options of all uploads of the client: `strict`, `box`, `time_column`, `time_format`, `tz`, `delimiter`, `decimal`, `header`, `columns` and `skip`, with the values of the parameters of `/upload`. Parameters of an upload replace them.',
    },
    errors: [
      { sent: { body: { name: 'Weather stations' } } },
      { summary: 'A short salt', sent: { body: { callback_url: CALLBACK, checksum_salt: 'secret' } } },
      failure(
        policyMissing(),
        { body: { callback_url: CALLBACK, kind: 'attested' } },
        'An attested client without a policy',
      ),
      failure(
        reservedScopes(['webhook']),
        { body: { callback_url: CALLBACK, scope: 'upload webhook' } },
        'A scope that a public client cannot have',
      ),
      { summary: 'An invalid upload option', sent: { body: { callback_url: CALLBACK, upload: { tz: 'Berlin' } } } },
      failure(jsonTypeRequired(), { contentType: 'text/plain' }),
      ...idempotencyErrors({ body: { callback_url: 'https://other.example/' } }),
      IN_PROGRESS,
    ],
    examples: {
      public: example(
        'A public client',
        { body: { callback_url: CALLBACK, name: 'Weather stations', scope: 'upload download' } },
        { client_id: CLIENT_ID },
      ),
      app: example(
        'An app with its own scheme and a page',
        { body: { callback_url: 'com.example.app:/callback', callback_urls: [CALLBACK] } },
        { client_id: CLIENT_ID },
      ),
      confidential: example(
        'A confidential client',
        { body: { callback_url: CALLBACK, kind: 'confidential', scope: 'upload download', audience: [AUDIENCE] } },
        { client_id: CONFIDENTIAL_ID, client_secret: CLIENT_SECRET },
      ),
      attested: example(
        'An app that proves that it is genuine',
        { body: { callback_url: 'com.example.app:/callback', kind: 'attested', attestation: ATTESTATION_POLICY } },
        { client_id: ATTESTED_ID },
      ),
      salted: example(
        'A client whose devices sign with a salt',
        { body: { callback_url: CALLBACK, checksum_salt: SALT } },
        { client_id: CLIENT_ID },
      ),
      upload: example(
        'A client whose loggers write local times and decimal commas',
        { body: { callback_url: CALLBACK, upload: { tz: 'Europe/Berlin', decimal: 'comma' } } },
        { client_id: CLIENT_ID, upload: { tz: 'Europe/Berlin', decimal: 'comma' } },
      ),
    },
  },
}
