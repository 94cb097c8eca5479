import { ALGORITHM_NAMES } from '../crypto/checksums.ts'

/** What newcomers read first. */
export const DESCRIPTION = `Latchkey stands between your apps and devices and the services they use, so that no
long-lived credential ever reaches a device.

## Words

| word | meaning |
|---|---|
| admin token | the long-lived secret that may register clients and read everything |
| client | a registered app: \`public\` (its \`client_id\` may stand in source code) or \`confidential\` (it also has a secret, kept on a server) |
| auth token | the short-lived signed token that a client gets from \`/token\` and sends as \`Authorization: Bearer\` |
| scope | what an auth token may do, such as \`upload\` and \`download\` |
| participant | the person or thing behind a token, named by \`participant_id\` |
| salt | a key shared with a device; using it in a checksum proves the sender |
| series | where rows land: a client, and within it a source (the \`box\` column, else the participant, else \`default\`) |
| submission | answers of a person, as a JSON document, and files, sent together |
| provider | Incode, Help Lightning, Sethealth, openSenseMap: the services behind Latchkey whose credentials it keeps |

## First steps

Register an app with the admin token (\`POST /register\`), get an auth token for it (\`GET /token\`), send measurements
with that (\`POST /upload\`), and read them (\`GET /download\`). \`docs/guides/clients.md\` of the repository has that in five lines
for Swift, Kotlin, JavaScript, Python and Arduino.

## Salted checksums

A device that is too small for tokens shares a salt with Latchkey and sends headers of the form \`Content-<ALG>-Salted\`,
one or more, with the digest in hexadecimal of the exact bytes of the body followed by the salt. A request without a body
is signed by its path, \`?\` and its query as sent, the \`?\` also when there is no query. ALG is one of
${ALGORITHM_NAMES.map((name) => `\`${name}\``).join(', ')}; letter case does not count. Every header given must match.

## What counts everywhere

Addresses are taken with a slash at the end, too. Texts are UTF-8, times without an offset are UTC. Bodies may come with
\`Content-Encoding: gzip\`. Answers are not to be cached, unless \`Cache-Control\` says otherwise, and may be read by pages
of other sites (CORS), as far as the deployment allows.

A refusal is a problem of RFC 9457 (\`application/problem+json\`) with a stable \`code\`, which the schema \`ProblemCode\`
lists, and a sentence in \`detail\`. The endpoints of OAuth refuse as RFC 6749 has it. An address or method that is not
described here is answered 404 with the code \`not_found\`. After 429, 503 and 504, \`Retry-After\` says when to come
again. API Gateway itself answers \`{"message": "…"}\` to what is too large (413), too much (429), or when a function
breaks down (500, 503).

Examples of requests and answers that belong together have the same name. What a request has beyond that stands with the
answer, in \`x-request\`; where nothing else is said there, the caller proves who it is in the first way that is listed.`

export const TAGS = [
  { name: 'Clients and tokens', description: 'Registering apps, and getting auth tokens for them.' },
  { name: 'OAuth 2.0', description: 'The same for servers, by the standards.' },
  { name: 'Measurements', description: 'Rows of values that devices send, and people read.' },
  { name: 'Submissions', description: 'Answers and files that people send.' },
  { name: 'Identity sessions', description: 'Proving who somebody is, with Incode.' },
  { name: 'Calls', description: 'Calls of two people, with Help Lightning.' },
  { name: 'Access tokens', description: 'Access to Sethealth.' },
  { name: 'Webhooks', description: 'What providers tell.' },
  { name: 'Pages', description: 'Pages for people, and what monitoring asks for.' },
]
