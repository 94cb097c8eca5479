import type { Call } from './harness.ts'

type CallJson = (name: string, call: Call) => Promise<Record<string, unknown>>

/** Matches no route. */
export const NOWHERE: Call = { method: 'GET', path: '/nowhere' }

/** A call for each measured function: two without tables, the smallest and largest with tables, and others. */
export async function prepareCalls(adminToken: string, callJson: CallJson): Promise<Record<string, Call>> {
  const type = { 'content-type': 'application/json' }
  const admin = { authorization: `Bearer ${adminToken}` }
  const body = JSON.stringify({ callback_url: 'https://app.example/', scope: 'upload download' })
  const { client_id } = await callJson('register', {
    method: 'POST',
    path: '/register',
    headers: { ...admin, ...type },
    body,
  })
  const query = `client_id=${client_id}`
  const token: Call = { method: 'GET', path: '/token', query, headers: { accept: 'application/json' } }
  const { auth_token } = await callJson('token', token)
  const bearer = { authorization: `Bearer ${auth_token}` }
  const rows = JSON.stringify({ time: [1_700_000_000, 1_700_000_060], co2: [415, 417] })
  const upload: Call = { method: 'POST', path: '/upload', headers: { ...bearer, ...type }, body: rows }
  await callJson('upload', upload)
  const form = new FormData()
  form.set('file', new File(['answers'], 'answers.txt'))
  const request = new Response(form)
  const submission = { ...bearer, 'content-type': request.headers.get('content-type') ?? '' }
  return {
    'not-found': NOWHERE,
    jwks: { method: 'GET', path: '/.well-known/jwks.json' },
    health: { method: 'GET', path: '/health' },
    token,
    upload,
    download: { method: 'GET', path: '/download', query: `format=csv&${query}`, headers: admin },
    submit: { method: 'POST', path: '/submit', headers: submission, body: new Uint8Array(await request.arrayBuffer()) },
    // Rejected after the lookup of the token, since a session needs a provider.
    'create-call': { method: 'POST', path: '/session', headers: { ...bearer, ...type }, body: '{}' },
    webhook: { method: 'POST', path: '/webhook', headers: { ...bearer, ...type }, body: '{"interviewId":"0"}' },
  }
}
