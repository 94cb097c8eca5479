import type { WalkThrough } from './fakes/fakes.ts'
import { WALK_THROUGH } from './run-file.ts'

/** What `npm start` prints on a terminal when it is ready: its address, the admin token, and commands to paste. */
export function walkThrough(
  url: string,
  adminToken: string,
  folder: string,
  providers: readonly WalkThrough[],
): string {
  const isDigest = adminToken.startsWith('sha256:')
  const admin = isDigest ? '$ADMIN_TOKEN' : adminToken
  const callback = 'http%3A%2F%2Flocalhost%3A8080%2F'
  return `
Latchkey is running at ${url}
Admin token: ${isDigest ? 'not shown, because only its digest is set. Set ADMIN_TOKEN in the other terminal first' : admin}

Paste these lines into another terminal. They register a client, get an auth token, upload two rows, download them and
print the address of the data page. There, enter the admin token and select "List the series".

response=$(curl -s "${url}/register?callback_url=${callback}" -H "Authorization: Bearer ${admin}"); echo "$response"; client_id=$(echo "$response" | cut -d '"' -f 4)
response=$(curl -s "${url}/token?client_id=$client_id" -H 'Accept: application/json'); echo "$response"; auth_token=$(echo "$response" | cut -d '"' -f 4)
curl -s "${url}/upload" -H "Authorization: Bearer $auth_token" -H 'Content-Type: application/json' -d "{\\"time_utc\\":[$(($(date +%s)-60)),$(date +%s)],\\"co2\\":[1223,2351]}"; echo
curl -s "${url}/download?format=csv&client_id=$client_id" -H "Authorization: Bearer ${admin}"
echo "${url}/download?client_id=$client_id"

${providers.map(({ title, lines }) => `${title}:\n\n${lines.join('\n')}\n\n`).join('')}Stop with Ctrl+C. The data stays in ${folder}/; npm start -- --fresh deletes it.
`
}

/** What `npm start` prints about `session_id` unless HLSERVER_SESSION_ID is set: its default suits the first apps only. */
export const sessionIdNotes = (environment: NodeJS.ProcessEnv): string[] =>
  environment['HLSERVER_SESSION_ID']
    ? []
    : [
        'Calls return session_id as a list, which Help Lightning apps of early 2020 read. Current SDKs read a string: set HLSERVER_SESSION_ID=string for them.',
      ]

/** What `npm start` prints where the output is a log, which may be less private than the folder: no secret. */
export function logLines(url: string, folder: string, isTokenStored: boolean): string {
  const place = isTokenStored ? `in ${folder}/secrets.json` : 'the ADMIN_TOKEN of the environment'
  return `Latchkey is running at ${url}
The admin token is ${place}; npm run latchkey -- setup prints it.
Commands to try it are in ${folder}/${WALK_THROUGH}.`
}
