import { createHash, createHmac } from 'node:crypto'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { importJWK, SignJWT } from 'jose'
import { expect, vi } from 'vitest'
import * as z from 'zod'
import * as samples from '../../../lib/openapi/samples.ts'
import { authority, registerAttested } from '../attestation/phones.ts'
import { attestedApp } from '../attestation/world.ts'
import { newProofKey, type ProofKey } from '../dpop.ts'
import { eventStore, newEvent, publicId } from '../events.ts'
import { CSV, completeFile, createFile, fileOf, PHOTO, sendParts, setFileState, stateOf } from '../files.ts'
import type { Latchkey } from '../latchkey.ts'
import { fieldsOf } from '../responses.ts'
import type { Exchange } from './document.ts'
import type { Live } from './request.ts'

export const HEADER = 'a long value that was agreed on'

/** With these settings, every endpoint requires its credentials. */
export const SETTINGS = {
  OPEN_ENDPOINTS: 'none',
  INCODE_WEBHOOK_HEADER: `X-Incode-Webhook: ${HEADER}`,
  ...authority.settings,
}

let worlds = 0
const proofKey = newProofKey()

/** Examples whose preparation depends on more than the operation, although their requests are rejected. */
const OWN_STATE = new Set([
  'A platform that the client does not have',
  'The challenge was used before',
  'The clock of the phone is wrong',
  'The device is revoked',
  'No key decrypts the body',
  'No user has this address',
  'Help Lightning rejects the user token',
])
/** Rejections that no other request causes. */
const REJECTED = new Set(['400', '401', '403', '404', '413', '415'])
/** The tags of operations that only read what is stored, if their method is GET. */
const READING = new Set(['OAuth 2.0', 'Measurements', 'Submissions', 'Webhooks', 'Pages'])

/** Whether no other example notices the request. */
function changesNothing({ operation, summary, status, sent }: Exchange): boolean {
  if (OWN_STATE.has(summary)) return false
  // The bound token replaces the token of the world.
  if (sent.security?.includes('boundToken')) return false
  const isRejected = summary === 'The database does not respond' || REJECTED.has(status)
  return isRejected || (isReading(operation) && Number(status) < 400)
}

/** Whether an operation only reads what is stored. */
export const isReading = ({ method, tags: [tag] }: Exchange['operation']): boolean =>
  ['GET', 'HEAD'].includes(method) && READING.has(tag)

const shared = new WeakMap<Latchkey, Map<string, Promise<Live>>>()

/** The state for the requests of an operation that change nothing. */
export function sharedWorldOf(latchkey: Latchkey, exchange: Exchange): Promise<Live> {
  const worldsOf = shared.get(latchkey) ?? new Map<string, Promise<Live>>()
  shared.set(latchkey, worldsOf)
  const { operationId } = exchange.operation
  const world = worldsOf.get(operationId) ?? prepared(latchkey, exchange)
  worldsOf.set(operationId, world)
  return world
}

/** The state that an example requires. Examples of one operation share it where none of them changes it. */
export async function worldFor(latchkey: Latchkey, exchange: Exchange): Promise<Live> {
  const live = await (changesNothing(exchange) ? sharedWorldOf : prepared)(latchkey, exchange)
  return withToken(latchkey, exchange, live)
}

/** The state that an example requires, created for it alone: clients, tokens, stored data. */
export const worldOf = async (latchkey: Latchkey, exchange: Exchange): Promise<Live> =>
  withToken(latchkey, exchange, await prepared(latchkey, exchange))

/** Changes the auth token as the example says. */
async function withToken(latchkey: Latchkey, { summary, operation }: Exchange, live: Live): Promise<Live> {
  const withAuthToken = (authToken: string): Live => ({ ...live, credentials: { ...live.credentials, authToken } })
  const client_id = live.values[samples.CLIENT_ID] ?? ''
  if (summary === 'The auth token has expired') return withAuthToken(await expired(latchkey, { client_id }))
  if (summary !== 'The auth token lacks the scope') return live
  const isUpload = operation.security.some(({ authToken }) => authToken?.includes('upload'))
  const other = await latchkey.register({ scope: isUpload ? 'start' : 'upload' })
  return withAuthToken(await latchkey.token(other.client_id))
}

async function prepared(latchkey: Latchkey, exchange: Exchange): Promise<Live> {
  worlds += 1
  const salt = `the salt number ${worlds}`
  const own = await latchkey.register({ scope: 'upload download delete start access-token', checksum_salt: salt })
  const live: Live = {
    url: latchkey.url,
    proofKey: await proofKey,
    credentials: {
      adminToken: latchkey.adminToken,
      adminTokenInQuery: latchkey.adminToken,
      authToken: await latchkey.token(own.client_id),
      boundToken: () => boundTwin(String(live.credentials['authToken']), live.proofKey),
      influxToken: async () => `Token ${await latchkey.token(own.client_id)}`,
      deviceKey: btoa(`${own.client_id}:${salt}`),
      incodeHeader: HEADER,
      saltedChecksum: (payload) => createHash('sha256').update(payload).update(salt).digest('hex'),
      helpLightningSignature: (payload) => {
        const secret = process.env['HLSERVER_WEBHOOK_SECRET'] ?? ''
        return `sha256=${createHmac('sha256', secret).update(payload).digest('hex')}`
      },
    },
    values: {
      [samples.CLIENT_ID]: own.client_id,
      'https://latchkey.example': latchkey.url,
    },
  }
  const { operation } = exchange
  if (operation.security.some((schemes) => 'clientSecret' in schemes)) await addConfidentialClient(latchkey, live)
  await BEFORE[operation.tags[0]]?.(latchkey, live, exchange)
  await BEFORE[operation.operationId]?.(latchkey, live, exchange)
  return live
}

async function addConfidentialClient(latchkey: Latchkey, { credentials, values }: Live): Promise<void> {
  const { client_id, client_secret = '' } = await latchkey.register({
    kind: 'confidential',
    scope: 'upload download',
    audience: [samples.AUDIENCE],
  })
  credentials['clientSecret'] = btoa(`${client_id}:${client_secret}`)
  values[samples.CONFIDENTIAL_ID] = client_id
  values[samples.CLIENT_SECRET] = client_secret
  values[btoa(`${samples.CONFIDENTIAL_ID}:wrong`)] = btoa(`${client_id}:wrong`)
}

type Before = (latchkey: Latchkey, live: Live, exchange: Exchange) => Promise<void>

/** The preparation for the examples of a tag or an operation. */
const BEFORE: Readonly<Record<string, Before>> = {
  async attest(latchkey, { values }, { summary }) {
    Object.assign(values, await attestedApp(latchkey, summary))
  },
  async getToken(latchkey, { values }) {
    values[samples.ATTESTED_ID] = await registerAttested(latchkey)
  },
  async grantToken(latchkey, { values }, { summary }) {
    Object.assign(values, await attestedApp(latchkey, summary))
    const query = new URLSearchParams({
      client_id: values[samples.CLIENT_ID] ?? '',
      redirect_uri: samples.CALLBACK,
      scope: 'upload',
      code_challenge: samples.CODE_CHALLENGE,
      code_challenge_method: 'S256',
    })
    const location = (await latchkey.call(`/token?${query}`)).headers.get('location') ?? ''
    values[samples.CODE] = new URL(location).searchParams.get('code') ?? ''
  },
  async introspectToken(latchkey, { credentials, values }) {
    values[samples.AUTH_TOKEN] = await granted(latchkey, String(credentials['clientSecret']))
  },
  async revokeToken(latchkey, { values }) {
    values[samples.AUTH_TOKEN] = await latchkey.token(values[samples.CLIENT_ID] ?? '')
  },
  ...forAll(['listDeviceKeys', 'deleteDeviceKey'], async (latchkey, { values }) => {
    const answer = await latchkey.asAdmin(`/clients/${values[samples.CLIENT_ID]}/keys`)
    const { keys } = z.object({ keys: z.array(z.object({ key_id: z.string() })) }).parse(await answer.json())
    values[samples.KEY_ID] = keys[0]?.key_id ?? ''
  }),
  ...forAll(['createShare', 'listShares', 'deleteShare'], async (latchkey, live) => {
    await share(latchkey, live)
  }),
  ...forAll(['download', 'headDownload', 'downloadCsv', 'downloadRows', 'listSeries'], async (latchkey, live) => {
    live.credentials['shareToken'] = await share(latchkey, live)
  }),
  ...forAll(['createExport', 'getExport', 'deleteExport'], async (latchkey, live) => {
    await share(latchkey, live)
    const answer = await latchkey.asAdmin('/exports', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ format: 'csv', cols: 'time_utc,co2', client_id: live.values[samples.CLIENT_ID] }),
    })
    live.values[samples.EXPORT_ID] = String((await fieldsOf(answer))['id'])
    await latchkey.settled()
  }),
  async Submissions(latchkey, { credentials, values }) {
    const participant_id = samples.PARTICIPANT
    const token = await latchkey.token(values[samples.CLIENT_ID] ?? '', { participant_id })
    Object.assign(credentials, { authToken: token })
    values[samples.AUTH_TOKEN] = token
  },
  ...forAll(
    ['listSubmissions', 'getSubmission', 'getSubmissionPart', 'deleteSubmission'],
    async (latchkey, { values }, { operation }) => {
      const form = new FormData()
      form.append('auth_token', values[samples.AUTH_TOKEN] ?? '')
      form.append('responses', samples.RESPONSES)
      form.append('file', new File([samples.FILE], 'notes.txt', { type: 'text/plain' }))
      if (operation.operationId === 'getSubmissionPart') form.append('upload', await photo(latchkey, values))
      const answer = await latchkey.call('/submit', { method: 'POST', body: form })
      values[samples.SUBMISSION_ID] = String((await fieldsOf(answer))['id'])
    },
  ),
  ...forAll(['getFile', 'completeFile', 'deleteFile'], largeFile),
  async submit(latchkey, { values }, { summary }) {
    if (!summary.includes('large file')) return
    const id = await photo(latchkey, values, !summary.includes('not stored yet'))
    values[samples.FILE_ID] = id
    if (summary.startsWith('Another request')) {
      const { attachFiles } = await import('../../../lib/files/attachments.ts')
      await attachFiles([id], samples.SUBMISSION_ID, Date.now(), async () => null)
    }
    if (!summary.includes('another submission')) return
    const form = new FormData()
    form.append('auth_token', values[samples.AUTH_TOKEN] ?? '')
    form.append('responses', '"other answers"')
    form.append('upload', id)
    await latchkey.call('/submit', { method: 'POST', body: form })
  },
  'Identity sessions': session,
  approveSession: session,
  async Webhooks(latchkey, { credentials }) {
    credentials['authToken'] = await serverToken(latchkey, 'webhook')
  },
  ...forAll(['listEvents', 'getEvent', 'getEventBody', 'redriveEvent', 'redriveEvents'], storedEvents),
  async Calls(latchkey, live) {
    const { values, credentials } = live
    for (const [shown, name] of [
      [samples.ANN, 'ann'],
      [samples.BOB, 'bob'],
    ] as const)
      values[shown] = (await latchkey.helpLightning.addUser(`${name}-${worlds}@corp.example`)).email
    const bob = values[samples.BOB] ?? ''
    credentials['authToken'] = await serverToken(latchkey, 'session', bob)
    values[samples.USER_TOKEN] = await userToken(latchkey, bob)
  },
  async createCall(latchkey, { values, credentials }) {
    const token = await userToken(latchkey, values[samples.ANN] ?? '')
    Object.assign(credentials, { userToken: token })
    values[samples.USER_TOKEN] = token
  },
  async joinCall(latchkey, { values, credentials }) {
    const answer = await latchkey.call('/session', {
      method: 'POST',
      headers: { authorization: await userToken(latchkey, values[samples.ANN] ?? '') },
      body: JSON.stringify({ contact_email: values[samples.BOB] }),
    })
    values[samples.PIN] = String((await fieldsOf(answer))['sid'])
    credentials['userToken'] = values[samples.USER_TOKEN] ?? ''
  },
  async Pages(latchkey, { values }, { operation, sent }) {
    const path = operation.path.replace('{name}', sent.path?.['name'] ?? '')
    values[samples.ETAG] = (await latchkey.call(path)).headers.get('etag') ?? ''
  },
}

/** A file of the client, in the state that the example needs. */
async function largeFile(
  latchkey: Latchkey,
  { credentials, values }: Live,
  { name, summary }: Exchange,
): Promise<void> {
  const token = String(credentials['authToken'])
  const content = Buffer.from('time,co2\n1772442000,612\n1772442060,618\n')
  const file = { ...CSV, name: 'week.csv', size: content.length }
  const created = await fileOf(await createFile(latchkey, token, file), 201)
  values[samples.FILE_ID] = created.id
  if (name === 'complete' || name === 'stored') await sendParts(created, content)
  if (name === 'stored') {
    await completeFile(latchkey, token, created.id)
    await vi.waitFor(async () => expect((await stateOf(latchkey, token, created.id)).state).toBe('stored'), 60_000)
  }
  if (summary === 'The file is being processed') await setFileState(created.id, 'processing')
  if (summary === 'The file belongs to a submission') await setFileState(created.id, 'stored', samples.SUBMISSION_ID)
}

/** A large file of the participant for a submission. Returns its id. */
async function photo(latchkey: Latchkey, values: Live['values'], isStored = true): Promise<string> {
  const token = values[samples.AUTH_TOKEN] ?? ''
  const content = Buffer.from('a photo')
  const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: content.length }), 201)
  if (!isStored) return created.id
  await sendParts(created, content)
  await completeFile(latchkey, token, created.id)
  await vi.waitFor(async () => expect((await stateOf(latchkey, token, created.id)).state).toBe('stored'), 60_000)
  return created.id
}

/** Uploads rows of the client and shares them. Returns the share token. */
async function share(latchkey: Latchkey, { values }: Live): Promise<string> {
  const token = await latchkey.token(values[samples.CLIENT_ID] ?? '')
  await latchkey.upload(token, JSON.stringify({ time_utc: [43, 23], co2: [1223, 2351] }))
  const answer = await latchkey.call('/shares', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'CO2 for the neighbours', series: ['default'], columns: ['co2'] }),
  })
  const created = await fieldsOf(answer)
  values[samples.SHARE_ID] = String(created['share_id'])
  return String(created['token'])
}

function forAll(operations: readonly string[], before: Before): Record<string, Before> {
  return Object.fromEntries(operations.map((operation) => [operation, before]))
}

/** An event of Help Lightning that is only stored, or whose body no key decrypts, and one whose job is parked. */
async function storedEvents(latchkey: Latchkey, { credentials, values }: Live, { summary }: Exchange): Promise<void> {
  credentials['authToken'] = await serverToken(latchkey, 'events')
  await latchkey.helpLightning.deliver(`${latchkey.url}/webhook/helplightning`, JSON.parse(samples.EVENT_BODY))
  const jobs = await import('../../../lib/jobs/store.ts')
  const parked = newEvent('helplightning', { type: null, body: Buffer.from(samples.EVENT_BODY) })
  await eventStore({ ...jobs, ...(await import('../../../lib/jobs/events.ts')) }).parked(parked)
  values[samples.PARKED_EVENT_ID] = publicId(parked)
  if (summary !== 'No key decrypts the body') return
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  await documents.send(
    new UpdateCommand({
      TableName: process.env['SESSIONS_TABLE'],
      Key: { id: `event#${publicId(parked).replace(':', '#')}` },
      UpdateExpression: 'SET body = :body',
      ExpressionAttributeValues: { ':body': 'sealed by another key' },
    }),
  )
  values[samples.EVENT_ID] = publicId(parked)
}

/** A successful session at Incode, unless the example describes another outcome. */
async function session(latchkey: Latchkey, live: Live, { name, summary, operation }: Exchange): Promise<void> {
  const token = await startSession(latchkey, live, summary === 'The session did not pass' ? 'FAIL' : 'OK')
  if (operation.tags[0] === 'Identity sessions') live.credentials['authToken'] = token
  if (name !== 'session_expired') return
  const event = { interviewId: live.values[samples.INTERVIEW_ID], onboardingStatus: 'EXPIRED' }
  const headers = { 'content-type': 'application/json', 'x-incode-webhook': HEADER }
  await latchkey.call('/webhook', { method: 'POST', headers, body: JSON.stringify(event) })
}

/** Starts an identity session of the client. Returns the auth token that started it. */
export async function startSession(
  latchkey: Latchkey,
  { values, credentials }: Live,
  score: 'OK' | 'FAIL',
): Promise<string> {
  latchkey.incode.attempts.set('genuine', true)
  const token = await latchkey.token(values[samples.CLIENT_ID] ?? '')
  const begun = await fieldsOf(await latchkey.call('/start', { headers: { authorization: `Bearer ${token}` } }))
  const interview = latchkey.incode.interviews.get(String(begun['interviewId']))
  if (interview) interview.score = score
  Object.assign(values, {
    [samples.INTERVIEW_ID]: begun['interviewId'],
    [samples.SESSION_TOKEN]: begun['token'],
    [samples.UNIQUE_ID]: begun['uniqueId'],
  })
  credentials['sessionToken'] = String(begun['token'])
  return token
}

/** An auth token for the client whose id and secret are in `basic`. */
export async function granted(
  latchkey: Latchkey,
  basic: string,
  parameters: Record<string, string> = {},
): Promise<string> {
  const answer = await latchkey.call('/token', {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
  })
  return String((await fieldsOf(answer))['access_token'])
}

async function serverToken(latchkey: Latchkey, scope: string, participant_id?: string): Promise<string> {
  const { client_id, client_secret } = await latchkey.register({ kind: 'confidential', scope })
  return granted(latchkey, btoa(`${client_id}:${client_secret}`), { ...(participant_id && { participant_id }) })
}

/** The user token of a person, for the server of a client with the scope `impersonate`. */
export async function userToken(latchkey: Latchkey, email: string): Promise<string> {
  const authorization = `Bearer ${await serverToken(latchkey, 'impersonate')}`
  const answer = await latchkey.call(`/auth?${new URLSearchParams({ email })}`, { headers: { authorization } })
  return String((await fieldsOf(answer))['token'])
}

/** A token with the id and the rights of another, which it replaces, but bound to a key. */
export async function boundTwin(token: string, { jkt }: ProofKey): Promise<string> {
  const { signToken, verifyToken } = await import('../../../lib/access/auth-token.ts')
  const { createToken, findToken } = await import('../../../lib/clients/store-tokens.ts')
  const claims = await verifyToken(token)
  const record = await findToken(claims.jti)
  if (!record) throw new Error('The token has no record.')
  await createToken(claims.jti, { ...record, jkt })
  return signToken({ ...claims, cnf: { jkt } })
}

const keySet = z.object({ keys: z.tuple([z.looseObject({ kid: z.string(), alg: z.string() })], z.unknown()) })

/** A token that expired a minute ago. */
async function expired({ url }: Latchkey, { client_id }: { client_id: string }): Promise<string> {
  const [key] = keySet.parse(JSON.parse(process.env['SIGNING_KEYS'] ?? '')).keys
  return new SignJWT({ client_id, scope: 'upload', jti: 'an-old-token' })
    .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', kid: key.kid })
    .setIssuer(url)
    .setAudience(url)
    .setSubject(client_id)
    .setIssuedAt('-2m')
    .setExpirationTime('-1m')
    .sign(await importJWK(key))
}
