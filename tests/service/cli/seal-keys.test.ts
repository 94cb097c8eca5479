// @module-tag local-only
// The command line works on tables and parameters of its own.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AttributeValue, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { makeSecrets } from '../../../lib/crypto/deployment-secrets.ts'
import { decrypt, encrypt, keyId, readHeader } from '../../../lib/crypto/encryption.ts'
import { latchkeyCommand } from '../../support/cli.ts'
import { type Stage, startStage } from '../../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

const newKey = () => randomBytes(32).toString('base64url')
const toBytes = (key: string) => Buffer.from(key, 'base64url')
const idOf = (key: string) => keyId(toBytes(key))
const path = (name: string) => `/latchkey/${stage.stage}/${name}`

let [first, second] = ['', '']
beforeEach(() => {
  ;[first, second] = [newKey(), newKey()]
  setKeys('SEAL_KEY', first)
  stage.ssm.parameters.delete(path('SEAL_KEYS'))
})
afterEach(() => {
  stage.database.plan = () => undefined
})

function setKeys(name: string, value: string, minutesAgo = 16) {
  const modified = Date.now() / 1000 - minutesAgo * 60
  stage.ssm.parameters.set(path(name), { value, type: 'SecureString', version: 1, modified })
}
const storedKeys = () => stage.ssm.value(path('SEAL_KEYS')).split(',')

/** An item of the sessions table. */
async function put(id: string, attributes: Record<string, AttributeValue>) {
  const Item = { id: { S: id }, ...attributes }
  await stage.tables.send(new PutItemCommand({ TableName: stage.table('sessions'), Item }))
}
async function attributeOf(id: string, name: string): Promise<string> {
  const input = { TableName: stage.table('sessions'), Key: { id: { S: id } }, ConsistentRead: true }
  return (await stage.tables.send(new GetItemCommand(input))).Item?.[name]?.S ?? ''
}
const sealed = async (text: string, key: string) => ({ S: await encrypt(text, toBytes(key)) })
const report = z.object({
  key_id: z.string(),
  kinds: z.array(
    z.object({ kind: z.string(), values: z.int(), resealed: z.int(), changed: z.int(), unreadable: z.int() }),
  ),
})
const reseal = async () => report.parse(await stage.json('reseal'))
const kindOf = ({ kinds }: z.output<typeof report>, name: string) => kinds.find(({ kind }) => kind === name)

describe('latchkey seal-keys', () => {
  it('starts with SEAL_KEY, and prints ids, never keys', async () => {
    const { code, stdout } = await stage.command('seal-keys', 'list')
    expect({ code, stdout }).toEqual({ code: 0, stdout: `key_id        use\n${idOf(first)}  encrypts\n` })
  })

  it('adds a key that only decrypts', async () => {
    const { keys } = await stage.json('seal-keys', 'add')
    const [kept, added = ''] = storedKeys()
    expect(kept).toBe(first)
    expect(keys).toEqual([
      { key_id: idOf(first), use: 'encrypts' },
      { key_id: idOf(added), use: 'decrypts' },
    ])
    expect(stage.ssm.parameters.get(path('SEAL_KEYS'))?.type).toBe('SecureString')
    expect(stage.ssm.value(path('SEAL_KEY'))).toBe(first)
  })

  it('adds two keys in two runs at the same time, or rejects one of them', async () => {
    const runs = await Promise.all([1, 2].map(() => stage.command('seal-keys', 'add')))
    expect(storedKeys()).toHaveLength(1 + runs.filter(({ code }) => code === 0).length)
  })

  it('rejects a key that the parameter has no room for', async () => {
    setKeys('SEAL_KEYS', [first, ...Array.from({ length: 92 }, newKey)].join())
    expect(await stage.command('seal-keys', 'add')).toMatchObject({ code: 1, stderr: expect.stringContaining('4096') })
    expect(storedKeys()).toHaveLength(93)
  })

  it('promotes and removes a key only after all functions know the last change', async () => {
    setKeys('SEAL_KEYS', `${first},${second}`, 14)
    for (const change of ['promote', 'remove']) {
      const { code, stderr } = await stage.command('seal-keys', change, idOf(second))
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/repeat this after 20\d\d-/) })
    }
    setKeys('SEAL_KEYS', `${first},${second}`, 16)
    await stage.json('seal-keys', 'promote', idOf(second))
    expect(storedKeys()).toEqual([second, first])
  })

  it('rejects unknown keys, missing keys and the removal of the first key', async () => {
    setKeys('SEAL_KEYS', `${first},${second}`)
    const messages: string[] = []
    for (const args of [
      ['promote', 'x'],
      ['remove', 'x'],
      ['remove', idOf(first)],
    ])
      messages.push((await stage.command('seal-keys', ...args)).stderr)
    setKeys('SEAL_KEYS', 'nonsense')
    messages.push((await stage.command('seal-keys', 'list')).stderr)
    stage.ssm.parameters.delete(path('SEAL_KEY'))
    messages.push((await stage.command('seal-keys', 'list')).stderr)
    expect(messages).toEqual([
      'There is no such key: seal-keys list shows all of them.\n',
      'There is no such key: seal-keys list shows all of them.\n',
      'This key encrypts new values: promote another key first.\n',
      'SEAL_KEYS must be 32 bytes in base64url.\n',
      'There is no SEAL_KEY here yet: npx latchkey setup creates it.\n',
    ])
    expect(stage.ssm.value(path('SEAL_KEYS'))).toBe('nonsense')
  })

  it('does not remove a key that has encrypted a stored value', async () => {
    setKeys('SEAL_KEYS', `${second},${first}`)
    await put('event#test#1', { body: await sealed('one', first), outcome: await sealed('two', second) })
    const { code, stderr } = await stage.command('seal-keys', 'remove', idOf(first))
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'This key has encrypted stored values: 1 (sessions event). Run reseal first.\n',
    })
    await reseal()
    await stage.json('seal-keys', 'remove', idOf(first))
    expect(storedKeys()).toEqual([second])
  })
})

it('seal-keys remove changes nothing if another command changes the keys during its search', async () => {
  setKeys('SEAL_KEYS', `${second},${first}`)
  const third = newKey()
  stage.database.plan = (command) => {
    if (command === 'Scan') setKeys('SEAL_KEYS', `${first},${second},${third}`)
    return undefined
  }
  const { code, stderr } = await stage.command('seal-keys', 'remove', idOf(first))
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'The keys have changed meanwhile: try again.\n' })
  expect(storedKeys()).toEqual([first, second, third])
})

describe('latchkey reseal', () => {
  it('encrypts every value with the first key, and nothing in a second run', async () => {
    setKeys('SEAL_KEYS', `${second},${first}`)
    await put('pin#1', { sealed: await sealed('contact', first), caller_sealed: await sealed('caller', second) })
    await put('forward#x', { sealed: await sealed('box', first), box: { S: 'box' } })
    const result = await reseal()
    expect(result.key_id).toBe(idOf(second))
    expect(kindOf(result, 'sessions pin')).toMatchObject({ values: 2, resealed: 1, changed: 0, unreadable: 0 })
    expect(kindOf(result, 'sessions forward')).toMatchObject({ values: 1, resealed: 1 })
    const stored = await attributeOf('pin#1', 'sealed')
    expect((await decrypt(stored, [toBytes(second)])).text).toBe('contact')
    expect((await reseal()).kinds.every(({ resealed }) => resealed === 0)).toBe(true)
    expect(await attributeOf('pin#1', 'sealed')).toBe(stored)
  })

  it('says when an old key may be removed', async () => {
    setKeys('SEAL_KEYS', `${second},${first}`, 14)
    expect((await stage.command('reseal')).stderr).toMatch(/^Note: .* run reseal again after 20\d\d-.*Z\.$/m)
    setKeys('SEAL_KEYS', `${second},${first}`, 16)
    expect((await stage.command('reseal')).stderr).toContain(
      `Note: the key ${idOf(first)} may be removed now: seal-keys remove ${idOf(first)}.\n`,
    )
    setKeys('SEAL_KEYS', second)
    expect((await stage.command('reseal')).stderr).not.toContain('Note')
  })

  it('reports values that no key decrypts, and does not change them', async () => {
    setKeys('SEAL_KEYS', `${second},${first}`)
    await put('once#lost', { outcome: await sealed('lost', newKey()) })
    const before = await attributeOf('once#lost', 'outcome')
    expect(kindOf(await reseal(), 'sessions once')).toMatchObject({ resealed: 0, unreadable: 1 })
    expect(await attributeOf('once#lost', 'outcome')).toBe(before)
  })

  it('does not overwrite a value that changes at the same time, and encrypts it in the next pass', async () => {
    setKeys('SEAL_KEYS', `${second},${first}`)
    await put('once#busy', { outcome: await sealed('before', first) })
    const meanwhile = await sealed('after', first)
    let changes = 0
    stage.database.plan = async (command, body) => {
      if (command !== 'UpdateItem' || !body.includes('once#busy') || changes > 0) return undefined
      changes += 1
      await put('once#busy', { outcome: meanwhile })
      return undefined
    }
    expect(kindOf(await reseal(), 'sessions once')).toMatchObject({ resealed: 1, changed: 0 })
    expect(changes).toBe(1)
    expect((await decrypt(await attributeOf('once#busy', 'outcome'), [toBytes(second)])).text).toBe('after')
  })

  it('fails if a value changes in every pass', async () => {
    setKeys('SEAL_KEYS', `${second},${first}`)
    await put('once#busy', { outcome: await sealed('before', first) })
    stage.database.plan = async (command, body) => {
      if (command !== 'UpdateItem' || !body.includes('"#attribute"') || !body.includes('once#busy')) return undefined
      await put('once#busy', { outcome: await sealed('again', first) })
      return undefined
    }
    const { code, stderr } = await stage.command('reseal')
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('1 values changed meanwhile') })
  })

  it('does not bring back a value that is removed at the same time', async () => {
    setKeys('SEAL_KEYS', `${second},${first}`)
    await put('once#gone', { outcome: await sealed('before', first) })
    const removal = new UpdateItemCommand({
      TableName: stage.table('sessions'),
      Key: { id: { S: 'once#gone' } },
      UpdateExpression: 'REMOVE outcome',
    })
    stage.database.plan = async (command, body) => {
      if (command === 'UpdateItem' && body.includes('#attribute') && body.includes('once#gone'))
        await stage.tables.send(removal)
      return undefined
    }
    await reseal()
    expect(await attributeOf('once#gone', 'outcome')).toBe('')
  })

  it('continues after an interruption', async () => {
    setKeys('SEAL_KEYS', `${second},${first}`)
    const ids = Array.from({ length: 30 }, (_, index) => `event#many#${index}`)
    for (const id of ids) await put(id, { body: await sealed(id, first) })
    let writes = 0
    const isTenth = (command: string) => {
      if (command === 'UpdateItem') writes += 1
      return writes === 10
    }
    await stage.cutOff(isTenth, 'reseal')
    const resealed = async () =>
      (await Promise.all(ids.map((id) => attributeOf(id, 'body')))).filter(
        (text) => readHeader(text)['kid'] === idOf(second),
      ).length
    expect(await resealed()).toBeGreaterThan(0)
    expect(await resealed()).toBeLessThan(30)
    await reseal()
    expect(await resealed()).toBe(30)
    for (const id of ids) expect((await decrypt(await attributeOf(id, 'body'), [toBytes(second)])).text).toBe(id)
  })
})

describe('the keys of the local run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-seal-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const local = (environment: Record<string, string>, ...args: string[]) =>
    latchkeyCommand({ LATCHKEY_FOLDER: folder, ...environment }, ['seal-keys', ...args])

  it('are added and promoted at once in secrets.json', async () => {
    expect((await local({}, 'list')).stderr).toContain('There is no SEAL_KEY here yet')
    const secrets = await makeSecrets('EdDSA')
    writeFileSync(join(folder, 'secrets.json'), JSON.stringify(secrets))
    const stored = () => JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')).SEAL_KEYS.split(',')
    expect((await local({}, 'add')).code).toBe(0)
    const [kept, added] = stored()
    expect(kept).toBe(secrets.SEAL_KEY)
    expect((await local({}, 'promote', idOf(added))).code).toBe(0)
    expect(stored()).toEqual([added, kept])
  })

  it('are not changed if they come from the environment', async () => {
    const { code, stderr } = await local({ SEAL_KEYS: newKey() }, 'add')
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'SEAL_KEYS come from the environment: change them there.\n' })
  })
})
