import { createHash, randomUUID } from 'node:crypto'
import {
  ANN,
  AUTH_TOKEN,
  BOB,
  CLIENT_ID,
  CLIENT_SECRET,
  CONFIDENTIAL_ID,
  SUBMISSION_ID,
} from '../../../lib/openapi/samples.ts'
import { newProofKey } from '../dpop.ts'
import type { Latchkey } from '../latchkey.ts'
import type { Credential, Live } from '../openapi/request.ts'
import { boundTwin, granted, HEADER, startSession, userToken } from '../openapi/world.ts'
import { fieldsOf } from '../responses.ts'

/** A way to authenticate, and whose data it may see. */
export interface FuzzCredential {
  scheme: string
  credential: Credential
  /** Names of owners. */
  sees: readonly Owner[]
}

/** Owners of data, each with a mark in its rows and submissions. */
export const OWNERS = ['client', 'Ada', 'Bob', 'other', 'server'] as const
/** A client also sees the data of its participants. */
const OF_CLIENT: readonly Owner[] = ['client', 'Ada', 'Bob']
export type Owner = (typeof OWNERS)[number]
export const markOf = (owner: Owner): string => `mark-of-${owner}-7b1`

/** Clients, participants and their data; valid, foreign and damaged credentials. */
export async function fuzzWorld(latchkey: Latchkey) {
  const salt = `a salt of ${randomUUID()}`
  const scope = 'upload download delete start access-token'
  const client = await latchkey.register({ scope, checksum_salt: salt })
  const other = await latchkey.register({ scope })
  const server = await latchkey.register({ scope: `${scope} webhook session impersonate`, kind: 'confidential' })
  const basic = btoa(`${server.client_id}:${server.client_secret}`)
  const tokens: Readonly<Record<Owner, string>> = {
    client: await latchkey.token(client.client_id),
    Ada: await latchkey.token(client.client_id, { participant_id: 'Ada' }),
    Bob: await latchkey.token(client.client_id, { participant_id: 'Bob' }),
    other: await latchkey.token(other.client_id),
    server: await granted(latchkey, basic),
  }
  let submission = ''
  for (const owner of OWNERS) {
    const headers = { authorization: `Bearer ${tokens[owner]}` }
    const row = JSON.stringify({ time: 1, note: markOf(owner), box: `box-${markOf(owner)}` })
    await latchkey.upload(tokens[owner], row)
    const form = new FormData()
    form.append('responses', JSON.stringify(markOf(owner)))
    const answer = await latchkey.call('/submit', { method: 'POST', headers, body: form })
    if (owner === 'client') submission = String((await fieldsOf(answer))['id'])
  }
  const [head = '', payload = '', signature = ''] = tokens.client.split('.')
  const addUser = async (name: string) =>
    (await latchkey.helpLightning.addUser(`${name}-${client.client_id}@corp.example`)).email
  const [ann, bob] = [await addUser('ann'), await addUser('bob')]
  const proofKey = await newProofKey()
  const live: Live = {
    url: latchkey.url,
    proofKey,
    credentials: {
      authToken: tokens.client,
      boundToken: await boundTwin(await latchkey.token(client.client_id), proofKey),
      adminToken: latchkey.adminToken,
      adminTokenInQuery: latchkey.adminToken,
      clientSecret: basic,
      saltedChecksum: salted(salt),
      deviceKey: btoa(`${client.client_id}:${salt}`),
      userToken: await userToken(latchkey, ann),
      incodeHeader: HEADER,
      helpLightningSignature: 'sha256=00',
    },
    values: {
      [CLIENT_ID]: client.client_id,
      [CONFIDENTIAL_ID]: server.client_id,
      [CLIENT_SECRET]: server.client_secret ?? '',
      [AUTH_TOKEN]: tokens.client,
      [SUBMISSION_ID]: submission,
      [ANN]: ann,
      [BOB]: bob,
    },
  }
  await startSession(latchkey, live, 'OK')
  const credentials: readonly FuzzCredential[] = [
    ...OWNERS.map((owner) => bearer(tokens[owner], owner === 'client' ? OF_CLIENT : [owner])),
    { scheme: 'adminToken', credential: latchkey.adminToken, sees: OWNERS },
    { scheme: 'clientSecret', credential: basic, sees: ['server'] },
    { scheme: 'clientSecret', credential: btoa(`${server.client_id}:wrong`), sees: [] },
    { scheme: 'saltedChecksum', credential: salted(salt), sees: OF_CLIENT },
    { scheme: 'saltedChecksum', credential: salted('another salt'), sees: [] },
    { scheme: 'deviceKey', credential: btoa(`${client.client_id}:${salt}`), sees: [] },
    bearer(`${head}.${payload}.${signature.slice(0, -4)}AAAA`),
    bearer(`${btoa('{"alg":"none","typ":"at+jwt"}').replaceAll('=', '')}.${payload}.`),
    bearer(`${tokens.client}==`),
    bearer('x'.repeat(5_000)),
    bearer(''),
  ]
  return { live, credentials, tokens, clientId: client.client_id }
}

/** The owners that a credential of the example sees. */
export function seenByExample(security: readonly string[]): readonly Owner[] {
  if (security.some((scheme) => scheme.startsWith('adminToken'))) return OWNERS
  return security.includes('clientSecret') ? ['server'] : OF_CLIENT
}

const bearer = (credential: string, sees: readonly Owner[] = []): FuzzCredential => ({
  scheme: 'authToken',
  credential,
  sees,
})

const salted =
  (secret: string): Credential =>
  (bytes) =>
    createHash('sha256').update(bytes).update(secret).digest('hex')
