import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import * as z from 'zod'
import { localAws } from '../../dev/dynamodb.ts'
import { type FakeHelpLightning, startFakeHelpLightning } from '../../dev/fakes/helplightning.ts'
import { type FakeIncode, startFakeIncode } from '../../dev/fakes/incode.ts'
import { type FakeOpenSenseMap, startFakeOpenSenseMap } from '../../dev/fakes/opensensemap.ts'
import { type FakeSethealth, startFakeSethealth } from '../../dev/fakes/sethealth.ts'
import { bucketName, nameIn } from '../../dev/files-bucket.ts'
import { localAwsSettings } from '../../dev/local-aws.ts'
import { readTemplate, type Template } from '../../dev/template.ts'
import { SECRET_NAMES, SETTING_NAMES } from '../../lib/config/settings-table.ts'
import { DEFAULT_ALGORITHM } from '../../lib/core/signing-algorithms.ts'
import { makeSecrets, makeSigningKey, secretSettings } from '../../lib/crypto/deployment-secrets.ts'
import { currentRehearsal, emulatedAws } from '../rehearsal/aws.ts'
import { type FaultyBucket, startBucket } from './bucket.ts'
import { type FaultyDatabase, makeStageTables, startDatabase, TABLES_IN } from './database.ts'
import { deployed } from './deployed.ts'
import { inProcess } from './in-process.ts'
import { type Body, rowsOf } from './responses.ts'

const registered = z.object({ client_id: z.string(), client_secret: z.string().optional() })
const granted = z.object({ auth_token: z.string() })

/** The settings of a test do not apply to the next one. */
const OSEM_DEFAULTS = Object.fromEntries(
  SETTING_NAMES.filter((name) => /^(?:OSEM|SENSEMAP)_/.test(name)).map((name) => [name, '']),
)

/** A name that is unique among tests. */
export const newStage = (): string => `s${randomUUID().slice(0, 8)}`

/** A running instance: its own database, the real handlers, the routes of serverless.yml. */
export interface Latchkey {
  url: string
  adminToken: string
  /** Proxy of the database: records commands and injects faults. */
  database: FaultyDatabase
  /** The bucket: records operations and injects faults. */
  bucket: FaultyBucket
  incode: FakeIncode
  helpLightning: FakeHelpLightning
  sethealth: FakeSethealth
  openSenseMap: FakeOpenSenseMap
  /** `fetch` on one of its paths, without following redirects. */
  call(path: string, init?: RequestInit): Promise<Response>
  /** With the admin token as Bearer. */
  asAdmin(path: string, init?: RequestInit): Promise<Response>
  register(body?: Record<string, unknown>): Promise<z.output<typeof registered>>
  /** An auth token of a client, with additional parameters of /token. */
  token(clientId: string, parameters?: Record<string, string>): Promise<string>
  upload(token: string, body: Body, contentType?: string, headers?: Record<string, string>): Promise<Response>
  /** Rows of a client as the admin reads them. */
  rows(clientId: string, parameters?: Record<string, string>): Promise<Record<string, unknown>[]>
  /** Runs a scheduled function, as EventBridge does. */
  runScheduled(file: string): Promise<void>
  /** Waits until the functions that others have called asynchronously have ended. */
  settled(): Promise<void>
  /** Sets the remaining time of each later call until the test ends. */
  setRemainingTime(ms: number): void
  /** The same service with handlers that were loaded again, without state. */
  anotherContainer(): Promise<Latchkey>
  stop(): Promise<void>
}

/** Parsed once for all instances of a test file. */
let parsedTemplate: Promise<Template> | undefined

/** Of the default algorithm. Making an RSA key takes too long to do it for every file. */
const sharedKey = makeSigningKey(DEFAULT_ALGORITHM)

/**
 * Starts an instance with its own settings and tables, and handlers without state of another one. `stage` is part of
 * the names of its tables.
 */
export async function startLatchkey(
  environment: Record<string, string> = {},
  stage: string = newStage(),
): Promise<Latchkey> {
  parsedTemplate ??= readTemplate(inject('templateFile'))
  const template = await parsedTemplate
  const rehearsal = currentRehearsal()
  const database = await startDatabase(rehearsal?.url)
  const { account, region } = TABLES_IN
  const bucket = startBucket(nameIn(bucketName('latchkey', stage), account, region), database.credentials)
  const tables = rehearsal ? {} : await makeStageTables(database, template.tables, stage)
  database.commands.length = 0
  const secrets = { ...(await makeSecrets('EdDSA')), SIGNING_KEYS: { keys: [await sharedKey] } }
  const fakes = {
    incode: await startFakeIncode(),
    helpLightning: await startFakeHelpLightning([], inject('partnerKey')),
    sethealth: await startFakeSethealth(),
    openSenseMap: await startFakeOpenSenseMap(),
  }
  for (const { environment: own } of template.functions) Object.assign(process.env, own)
  Object.assign(process.env, secretSettings(secrets), localAws(database), {
    ...(rehearsal && emulatedAws(rehearsal.url)),
    // The tests expect a developer's machine, where more endpoints are open.
    STAGE: 'local',
    AWS_MAX_ATTEMPTS: '',
    PARAMETER_PATH: '',
    POWERTOOLS_LOG_LEVEL: 'DEBUG',
    POWERTOOLS_METRICS_DISABLED: 'false',
    CHECKSUM_SALTS: '',
    OPEN_ENDPOINTS: '',
    INCODE_ADMIN_TOKEN: '',
    INCODE_WEBHOOK_HEADER: '',
    INCODE_ALLOWED_FLOW_IDS: '',
    ...fakes.incode.settings,
    ...fakes.helpLightning.settings,
    ...fakes.sethealth.settings,
    ...OSEM_DEFAULTS,
    ...fakes.openSenseMap.settings,
    // Only tests about it set it.
    OSEM_UPLOAD: '',
    HLSERVER_SESSION_ID: '',
    HLSERVER_PIN_MINUTES: '',
    HLSERVER_PIN_DIGITS: '',
    TRUSTED_PROXY: '',
    REVOCATION_SECONDS: '',
    DPOP_NONCE: '',
    RETENTION_DAYS_MEASUREMENTS: '',
    RETENTION_DAYS_SUBMISSIONS: '',
    ...tables,
    ...environment,
  })

  const kept = [...Object.values(secretSettings(secrets)), ...SECRET_NAMES.map((name) => process.env[name] ?? '')]
  const place = rehearsal
    ? await deployed(rehearsal, template)
    : await inProcess(template, kept, { ...database, bucket: bucket.service })
  const { url } = place
  const local = { ...localAwsSettings({ url, publicUrl: url }), FILES_BUCKET: bucket.name }
  Object.assign(process.env, { PUBLIC_URL: url, ...(!rehearsal && local) })
  await place.load()

  const call = (path: string, init: RequestInit = {}) => fetch(url + path, { redirect: 'manual', ...init })
  const bearer = (token: string, init: RequestInit = {}): RequestInit => ({
    ...init,
    headers: { ...Object.fromEntries(new Headers(init.headers)), authorization: `Bearer ${token}` },
  })
  const asAdmin = (path: string, init?: RequestInit) => call(path, bearer(secrets.ADMIN_TOKEN, init))
  const latchkey: Latchkey = {
    url,
    adminToken: secrets.ADMIN_TOKEN,
    database,
    bucket,
    ...fakes,
    call,
    asAdmin,
    async register(body = {}) {
      const answer = await asAdmin('/register', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ callback_url: 'https://app.example/', ...body }),
      })
      if (!answer.ok) throw new Error(`register answered ${answer.status}: ${await answer.text()}`)
      return registered.parse(await answer.json())
    },
    async token(clientId, parameters = {}) {
      const query = new URLSearchParams({ client_id: clientId, ...parameters })
      const answer = await call(`/token?${query}`, { headers: { accept: 'application/json' } })
      if (!answer.ok) throw new Error(`token answered ${answer.status}: ${await answer.text()}`)
      return granted.parse(await answer.json()).auth_token
    },
    upload: (token, body, contentType = 'application/json', headers = {}) =>
      call('/upload', bearer(token, { method: 'POST', body, headers: { 'content-type': contentType, ...headers } })),
    async rows(clientId, parameters = {}) {
      const query = new URLSearchParams({ format: 'json', number: '10000', client_id: clientId, ...parameters })
      const answer = await asAdmin(`/download?${query}`)
      if (!answer.ok) throw new Error(`download answered ${answer.status}: ${await answer.text()}`)
      return rowsOf(answer)
    },
    runScheduled: place.runScheduled,
    settled: place.settled,
    setRemainingTime: place.setRemainingTime,
    async anotherContainer() {
      await place.load()
      return latchkey
    },
    async stop() {
      await Promise.all([database, ...Object.values(fakes)].map((each) => each.stop()))
      await place.stop()
      await bucket.stop()
    },
  }
  return latchkey
}
