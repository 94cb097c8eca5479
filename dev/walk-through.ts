/** What `npm start` prints at the end: where Latchkey is, and four lines that show its main job when pasted. */
export function walkThrough(url: string, adminToken: string): string {
  const digest = adminToken.startsWith('sha256:')
  const admin = digest ? '$ADMIN_TOKEN' : adminToken
  return `
Latchkey is running at ${url}
Admin token: ${digest ? 'as you have set it (only its digest is known here)' : admin}

Paste these four lines into another terminal: register an app, get a token for it, upload, download.

client_id=$(curl -s "${url}/register?token=${admin}&callback_url=http%3A%2F%2Flocalhost%3A8080%2F" | cut -d '"' -f 4); echo "client_id: $client_id"
auth_token=$(curl -s -H 'Accept: application/json' "${url}/token?client_id=$client_id" | cut -d '"' -f 4); echo "auth_token: $auth_token"
curl -s "${url}/upload" -H "Authorization: Bearer $auth_token" -H 'Content-Type: application/json' -d '{"time_utc":[43,23],"co2":[1223,2351]}'; echo
curl -s "${url}/download?format=csv&client_id=$client_id" -H 'Authorization: Bearer ${admin}'

Stop with Ctrl+C. The data stays in .latchkey/; npm start -- --fresh begins anew.
`
}
