import { SCOPES } from '../clients/scopes.ts'

const apiKey = (place: 'header' | 'query', name: string, description: string) =>
  ({ type: 'apiKey', in: place, name, description }) as const

/** OpenAPI security schemes. */
export const SECURITY_SCHEMES = {
  authToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `An auth token from \`/token\`. Each operation names the scopes that it accepts, out of ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}. One that is bound to a key is sent as \`Authorization: DPoP\`, with a proof in the header \`DPoP\`: see “Bound tokens” above.`,
  },
  boundToken: {
    type: 'http',
    scheme: 'DPoP',
    description:
      'An auth token that is bound to a key (`token_type` is `DPoP`), and in the header `DPoP` a proof for the request, signed with the key. See “Bound tokens” above.',
  },
  influxToken: apiKey(
    'header',
    'Authorization',
    'An auth token from `/token` after the word `Token`, as the clients of InfluxDB send it.',
  ),
  adminToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The admin token. The set-up creates it and shows it once.',
  },
  adminTokenInQuery: apiKey(
    'query',
    'token',
    'The admin token in the query, as the collector sends it. Prefer the header: URLs appear in logs.',
  ),
  clientSecret: {
    type: 'http',
    scheme: 'basic',
    description: 'The `client_id` and `client_secret` of a confidential client, from `/register`.',
  },
  saltedChecksum: apiKey(
    'header',
    'Content-SHA256-Salted',
    'A digest over the body and a salt, in one to four of twelve headers. See “Salted checksums” above.',
  ),
  deviceKey: {
    type: 'http',
    scheme: 'basic',
    description:
      'The `client_id` and a salt of the client, for firmware that knows only headers. `Authorization: Token client_id:salt` works, too.',
  },
  shareToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'A share token, from `POST /shares`. It reads the shared series and columns only.',
  },
  sessionToken: apiKey('header', 'X-Token', 'The `token` of an identity session, from `/start` or `/onboarding-url`.'),
  userToken: {
    type: 'http',
    scheme: 'bearer',
    description:
      "A person's user token from `GET /auth`. Help Lightning's SDKs send it in `Authorization` without the word `Bearer`, which works, too.",
  },
  incodeHeader: apiKey(
    'header',
    'X-Incode-Webhook',
    'The header that Incode sends. The setting `INCODE_WEBHOOK_HEADER` has its name and value; the name here is an example.',
  ),
  helpLightningSignature: apiKey(
    'header',
    'x-helplightning-signature',
    '`sha256=` and the HMAC-SHA256, in hexadecimal, of the body under the secret that Help Lightning and Latchkey share (`HLSERVER_WEBHOOK_SECRET`).',
  ),
} as const

export type Scheme = keyof typeof SECURITY_SCHEMES
