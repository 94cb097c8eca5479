import { SCOPES } from '../clients/scopes.ts'

/** The ways in which a caller may prove who it is, as OpenAPI's security schemes. */
export const SECURITY_SCHEMES = {
  authToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `An auth token from \`/token\`. It needs one of the scopes that are named with the operation, out of ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}.`,
  },
  adminToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The admin token, which is made when Latchkey is set up and shown once.',
  },
  adminTokenInQuery: {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description:
      "The admin token in the address, which is the collector's way. Prefer the header: addresses get logged.",
  },
  clientSecret: {
    type: 'http',
    scheme: 'basic',
    description: 'The `client_id` and `client_secret` of a confidential client, from `/register`.',
  },
  saltedChecksum: {
    type: 'apiKey',
    in: 'header',
    name: 'Content-SHA256-Salted',
    description: 'A digest over the body and a salt; one header, or more, of twelve. See “Salted checksums” above.',
  },
  sessionToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Token',
    description: 'The `token` of an identity session, which `/start` or `/onboarding-url` has given.',
  },
  userToken: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description:
      "A person's user token from `GET /auth`, as it is, as Help Lightning's SDKs send it, or behind `Bearer` and a blank.",
  },
  incodeHeader: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Incode-Webhook',
    description:
      'The header that Incode is told to send. Its name and value are the setting `INCODE_WEBHOOK_HEADER`; the name here is an example.',
  },
  helpLightningSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'x-helplightning-signature',
    description:
      '`sha256=` and the HMAC-SHA256, in hexadecimal, of the body under the secret that Help Lightning and Latchkey share (`HLSERVER_WEBHOOK_SECRET`).',
  },
} as const

export type Scheme = keyof typeof SECURITY_SCHEMES
