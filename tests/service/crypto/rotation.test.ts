// @module-tag local-only
// Containers with different keys run at the same time, and the command line changes the keys of a stage.
import { createHash } from 'node:crypto'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as z from 'zod'
import { keyId, readHeader } from '../../../lib/crypto/encryption.ts'
import { callOf, create, join, person } from '../../support/calls.ts'
import { began, callsTo, delivery, statusEvent, statusOf } from '../../support/identity.ts'
import { problemOf } from '../../support/responses.ts'
import { type Stage, startStage } from '../../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

const PARAMETER = () => `/latchkey/${stage.stage}/SEAL_KEYS`
const sealKeys = () => stage.ssm.value(PARAMETER())
/** The last change of the keys is long ago, so that all containers know it. */
function wait(): void {
  const parameter = stage.ssm.parameters.get(PARAMETER())
  if (parameter) parameter.modified = Date.now() / 1000 - 16 * 60
}

/** Continues as a container that has read these keys. */
async function container(keys: string): Promise<void> {
  process.env['SEAL_KEYS'] = keys
  await stage.anotherContainer()
}

const keyList = z.object({ keys: z.array(z.object({ key_id: z.string(), use: z.string() })) })
const idsOf = async () => keyList.parse(await stage.json('seal-keys', 'list')).keys.map(({ key_id }) => key_id)

const BODY = '{"time":[1772442000],"co2":[612]}'
const SALT = 'the salt of a device'
const key = z.object({ keys: z.array(z.object({ key_id: z.string(), name: z.string().nullable() })) })

/** Stores a value of every kind, and returns a function that reads all of them over HTTP. */
async function storeValues() {
  const { client_id } = await stage.register({ checksum_salt: SALT, callback_url: 'https://app.example/' })
  const keysPath = `/clients/${client_id}/keys`
  const keysOf = async () => key.parse(await (await stage.asAdmin(keysPath)).json()).keys
  const registerOnce = (body = {}) =>
    stage.asAdmin('/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'one registration' },
      body: JSON.stringify({ callback_url: 'https://app.example/', ...body }),
    })
  const registered = await (await registerOnce()).json()
  const deviceKeys = await keysOf()
  const interview = await began(stage, 'OK')
  const started = await began(stage)
  const event = statusEvent(interview.interviewId)
  const approve = async () => (await stage.call('/approve', delivery(event))).json()
  const approved = await approve()
  const [caller, contact] = [await person(stage, 'caller@corp.example'), await person(stage, 'contact@corp.example')]
  const createCall = async () => callOf(await create(stage, caller, contact, { 'idempotency-key': 'one call' }))
  const call = await createCall()

  return async () => {
    const digest = createHash('sha256').update(BODY).update(SALT).digest('hex')
    const headers = { 'content-type': 'application/json', 'Content-SHA256-Salted': digest }
    for (const path of ['/upload', `/upload?client_id=${client_id}`])
      expect((await stage.call(path, { method: 'POST', headers, body: BODY })).status).toBe(200)
    const authorization = `Basic ${Buffer.from(`${client_id}:${SALT}`).toString('base64')}`
    const byKey = { method: 'POST', headers: { 'content-type': 'application/json', authorization }, body: BODY }
    expect((await stage.call('/upload', byKey)).status).toBe(200)
    expect(await keysOf()).toEqual(deviceKeys)
    await expect(stage.register({ checksum_salt: SALT })).rejects.toThrow('already in use')
    expect(await (await registerOnce()).json()).toEqual(registered)
    expect(await problemOf(await registerOnce({ name: 'another' }))).toMatchObject({ code: 'idempotency_key_reused' })
    const requests = stage.incode.calls.length
    expect(await approve()).toEqual(approved)
    expect(stage.incode.calls.length).toBe(requests)
    // Its token is stored encrypted.
    expect(await statusOf(stage, started)).toMatchObject({ onboardingStatus: 'UNKNOWN' })
    expect((await join(stage, contact, call.sid)).status).toBe(200)
    expect(await createCall()).toEqual(call)
    // The stored token of the provider is used: no container logs in again.
    const another = await began(stage, 'OK')
    await stage.call('/approve', delivery(statusEvent(another.interviewId)))
    expect(callsTo(stage, '/executive/log-in')).toHaveLength(1)
  }
}

/** The ids of the keys in the tables. */
async function keysInTables(): Promise<Set<unknown>> {
  const pages = ['clients', 'tokens', 'sessions'].map((name) =>
    stage.tables.send(new ScanCommand({ TableName: stage.table(name), ConsistentRead: true })),
  )
  const texts = JSON.stringify(await Promise.all(pages)).match(/eyJ[\w-]+\.\.[\w.-]+/g) ?? []
  return new Set(texts.map((text) => readHeader(text)['kid']))
}

it('keeps all values readable before, during and after a rotation, also by containers with the keys of before', async () => {
  const before = process.env['SEAL_KEY'] ?? ''
  await container('')
  const readAll = await storeValues()
  await readAll()

  await stage.json('seal-keys', 'add')
  const added = sealKeys()
  const [oldId = '', newId = ''] = await idsOf()
  expect(added.split(',')[0]).toBe(before)
  for (const keys of ['', added]) {
    await container(keys)
    await readAll()
  }

  wait()
  await stage.json('seal-keys', 'promote', newId)
  const promoted = sealKeys()
  expect(promoted).toBe(added.split(',').toReversed().join())
  await container(promoted)
  const readNew = await started()
  for (const keys of [added, promoted]) {
    await container(keys)
    await readAll()
    await readNew()
  }

  // A container with the keys of before reads what is encrypted again meanwhile.
  const { key_id, kinds } = await stage.json('reseal')
  expect(key_id).toBe(newId)
  expect(kinds.map(({ kind }: { kind: string }) => kind)).toEqual([
    'clients',
    'sessions event',
    'sessions interview',
    'sessions once',
    'sessions pin',
    'tokens provider',
  ])
  expect(await keysInTables()).toEqual(new Set([newId]))
  for (const keys of [added, promoted]) {
    await container(keys)
    await readAll()
    await readNew()
  }

  // That container has stored values with the old key since.
  wait()
  await stage.json('reseal')
  await stage.json('seal-keys', 'remove', oldId)
  expect(
    sealKeys()
      .split(',')
      .map((text) => keyId(Buffer.from(text, 'base64url'))),
  ).toEqual([newId])
  await container(sealKeys())
  await readAll()
  await readNew()
})

/** Starts a session with the keys of the container, and returns a function that reads it. */
async function started() {
  const interview = await began(stage)
  return async () => expect(await statusOf(stage, interview)).toMatchObject({ onboardingStatus: 'UNKNOWN' })
}

it('a device whose salt a container has cached is accepted after reseal, and removed salts are not', async () => {
  await container(sealKeys())
  const salt = 'a salt that a container has cached'
  const { client_id } = await stage.register({ checksum_salt: salt })
  const digest = createHash('sha256').update(BODY).update(salt).digest('hex')
  const headers = { 'content-type': 'application/json', 'Content-SHA256-Salted': digest }
  const upload = async () => (await stage.call('/upload', { method: 'POST', headers, body: BODY })).status
  expect(await upload()).toBe(200)
  wait()
  await stage.json('seal-keys', 'add')
  wait()
  await stage.json('seal-keys', 'promote', (await idsOf())[1] ?? '')
  await stage.json('reseal')
  expect(await upload()).toBe(200)
  const { keys } = key.parse(await (await stage.asAdmin(`/clients/${client_id}/keys`)).json())
  await container(sealKeys())
  const removed = await stage.asAdmin(`/clients/${client_id}/keys/${keys[0]?.key_id}`, { method: 'DELETE' })
  expect(removed.status).toBe(204)
  expect(await upload()).toBe(401)
})

it('removes a device key that is encrypted again during its removal', async () => {
  await container(sealKeys())
  const { client_id } = await stage.register({ checksum_salt: 'a salt that is removed' })
  const keysPath = `/clients/${client_id}/keys`
  const { keys } = key.parse(await (await stage.asAdmin(keysPath)).json())
  let changes = 0
  stage.database.plan = async (command, body) => {
    if (command !== 'UpdateItem' || !body.includes('REMOVE salts') || changes > 0) return undefined
    changes += 1
    wait()
    await stage.json('seal-keys', 'add')
    wait()
    await stage.json('seal-keys', 'promote', (await idsOf()).at(-1) ?? '')
    await stage.json('reseal')
    return undefined
  }
  expect((await stage.asAdmin(`${keysPath}/${keys[0]?.key_id}`, { method: 'DELETE' })).status).toBe(204)
  stage.database.plan = () => undefined
  expect(changes).toBe(1)
  expect(key.parse(await (await stage.asAdmin(keysPath)).json()).keys).toEqual([])
})
