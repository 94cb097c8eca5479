import { ALGORITHM_NAMES } from '../crypto/checksums.ts'

/** The introduction of the API reference. */
export const DESCRIPTION = `Latchkey is between your apps and devices and the services they use, so that no long-lived
credential ever reaches a device.

## Terms

| term | meaning |
|---|---|
| admin token | the long-lived secret that can register clients and read all data |
| client | a registered app: \`public\` (its \`client_id\` is safe in source code) or \`confidential\` (with a secret on a server) |
| auth token | the short-lived signed token that a client gets from \`/token\` and sends as \`Authorization: Bearer\` |
| scope | what an auth token allows, such as \`upload\` and \`download\` |
| participant | the person or device behind a token, named by \`participant_id\` |
| salt | a key that a device shares with Latchkey; a checksum with it authenticates the device |
| series | a client and a source, in which rows are stored (the source is the \`box\` column, else the participant, else \`default\`) |
| submission | a JSON document and files that a person sends together |
| provider | Incode, Help Lightning, Sethealth, openSenseMap: the services whose credentials Latchkey holds |

## First steps

Register an app with the admin token (\`POST /register\`), get an auth token for it (\`GET /token\`), upload measurements
with the token (\`POST /upload\`), and download them (\`GET /download\`). The repository's \`docs/guides/clients.md\` shows this in
five lines each for Swift, Kotlin, JavaScript, Python and Arduino.

## Salted checksums

A device that is too small for tokens shares a salt with Latchkey. It sends one to four headers \`Content-<ALG>-Salted\`,
each with the hexadecimal digest of the exact bytes of the body followed by the salt. Without a body, the digest is over
the path, \`?\` and the query as sent; the \`?\` is always present. ALG is one of
${ALGORITHM_NAMES.map((name) => `\`${name}\``).join(', ')}, in any letter case. All headers of a request must match. Prefer \`SHA256\`. A checksum without a body may have an end:
the parameter \`expires\`, in UNIX seconds. Uploads of more than 1,000,000 bytes must name the client with \`client_id\`.

## Conventions

Paths also work with a trailing slash. Text is UTF-8, times without an offset are UTC. Bodies can have
\`Content-Encoding: gzip\`. Responses must not be cached unless \`Cache-Control\` allows it. Pages of other origins can read
them (CORS) if the deployment allows these origins.

Errors are problem details (RFC 9457, \`application/problem+json\`) with a stable \`code\`, one of the schema
\`ProblemCode\`, and a sentence in \`detail\`. The OAuth endpoints return errors as RFC 6749 defines them. Unknown paths
and methods return 404 with the code \`not_found\`. With 429, 503 and 504, \`Retry-After\` is the number of seconds to wait.
API Gateway itself returns \`{"message": "…"}\` for requests that are too large (413) or too many (429), and when a
function fails (500, 503).

Examples of a request and its response have the same name. What a request has beyond its parameters and body is in
\`x-request\` of the response; otherwise the request authenticates in the first of the listed ways.`
