// @module-tag local-only
// Containers with different keys write while the command line encrypts again.
import { randomBytes } from 'node:crypto'
import { DeleteItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decrypt, encrypt, keyId } from '../../../lib/crypto/encryption.ts'
import { runs } from '../../support/property.ts'
import { type Stage, startStage } from '../../support/stage.ts'

let stage: Stage
const [before, after] = [randomBytes(32), randomBytes(32)]
beforeAll(async () => {
  stage = await startStage()
  const value = [after, before].map((key) => key.toString('base64url')).join()
  stage.ssm.parameters.set(`/latchkey/${stage.stage}/SEAL_KEYS`, { value, type: 'SecureString', version: 1 })
})
afterAll(() => stage.stop())

const IDS = ['once#a', 'once#b', 'once#c', 'once#d']
const write = fc.record({ id: fc.constantFrom(...IDS), text: fc.option(fc.string()), isOld: fc.boolean() })
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never

/** The texts that must be stored, by id. */
const model = new Map<string, string>()

/** Stores a text as a container with one of the keys does; null removes it. */
async function apply({ id, text, isOld }: Write) {
  const TableName = stage.table('sessions')
  const Key = { id: { S: id } }
  if (text === null) {
    model.delete(id)
    await stage.tables.send(new DeleteItemCommand({ TableName, Key }))
    return
  }
  model.set(id, text)
  const outcome = { S: await encrypt(text, isOld ? before : after) }
  await stage.tables.send(new PutItemCommand({ TableName, Item: { ...Key, outcome } }))
}

/** The stored texts by id, with the ids of their keys. */
async function stored() {
  const { Items = [] } = await stage.tables.send(
    new ScanCommand({ TableName: stage.table('sessions'), ConsistentRead: true }),
  )
  const texts = new Map<string, string>()
  const keys = new Set<string>()
  for (const { id, outcome } of Items) {
    const { text, keyId } = await decrypt(outcome?.S ?? '', [before, after])
    texts.set(id?.S ?? '', text)
    keys.add(keyId)
  }
  return { texts, keys }
}

it('loses no value and no concurrent change, and leaves only values of the first key', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(write, { maxLength: 6 }), fc.array(write, { maxLength: 6 }), async (first, meanwhile) => {
      for (const change of first) await apply(change)
      const queue = [...meanwhile]
      // Each change happens just before the command writes the same item.
      stage.database.plan = async (command, body) => {
        const isReseal = command === 'UpdateItem' && body.includes('#attribute')
        const id = IDS.find((candidate) => body.includes(candidate))
        const next = isReseal ? queue.shift() : undefined
        if (next && id !== undefined) await apply({ ...next, id })
        return undefined
      }
      await stage.command('reseal')
      stage.database.plan = () => undefined
      expect((await stored()).texts).toEqual(model)
      await stage.json('reseal')
      const { texts, keys } = await stored()
      expect(texts).toEqual(model)
      expect([...keys]).toEqual(model.size === 0 ? [] : [keyId(after)])
    }),
    { numRuns: runs(30) },
  )
})
