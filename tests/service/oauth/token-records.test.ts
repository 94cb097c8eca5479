// @module-tag local-only
// These tests plan faults of DynamoDB, and list its commands.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../support/database.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
beforeEach(() => {
  latchkey.database.plan = () => undefined
})
afterAll(() => latchkey.stop())

/** A request that needs no other command. Its commands are listed with their tables. */
async function list(token: string, faultOf: (command: string, tries: number) => Fault = () => undefined) {
  const commands: string[] = []
  latchkey.database.plan = (command, body) => {
    commands.push([command, ...(body.match(/clients|tokens/g) ?? [])].join(' '))
    return faultOf(command, commands.length)
  }
  const headers = { authorization: `Bearer ${token}` }
  const answer = await latchkey.call('/download?cols=time_utc', { headers })
  latchkey.database.plan = () => undefined
  return { answer, commands: commands.filter((command) => /clients|tokens/.test(command)) }
}

const newToken = async () => latchkey.token((await latchkey.register({ scope: 'download' })).client_id)
const BATCH = 'BatchGetItem tokens clients'
const SINGLE = ['GetItem clients', 'GetItem tokens']

describe('the records of a token and its client', () => {
  it('are read with one command', async () => {
    const { answer, commands } = await list(await newToken())
    expect([answer.status, commands]).toEqual([200, [BATCH]])
  })

  it.each(['unprocessed', 'denied'] as const)('are read one by one if the batch is %s', async (fault) => {
    const { client_id } = await latchkey.register({ scope: 'download' })
    const token = await latchkey.token(client_id)
    const plan = (command: string) => (command === 'BatchGetItem' ? fault : undefined)
    const { answer, commands } = await list(token, plan)
    expect([answer.status, commands[0], commands.slice(1).toSorted()]).toEqual([200, BATCH, SINGLE])

    await latchkey.call('/revoke', { method: 'POST', body: new URLSearchParams({ client_id, token }) })
    const { answer: revoked } = await list(token, plan)
    expect(await problemOf(revoked)).toMatchObject({ code: 'credentials_invalid' })
  })

  it('are asked for again if both tables are throttled', async () => {
    const { answer, commands } = await list(await newToken(), (_, tries) => (tries < 3 ? 'throttled' : undefined))
    expect([answer.status, commands]).toEqual([200, [BATCH, BATCH, BATCH]])
  })

  it('grant nothing while they cannot be read', async () => {
    const { answer } = await list(await newToken(), (command) => (/GetItem$/.test(command) ? 'failing' : undefined))
    expect(await problemOf(answer)).toMatchObject({ status: 503, code: 'storage_unavailable' })
    const { answer: denied } = await list(await newToken(), (command) =>
      /GetItem$/.test(command) ? 'denied' : undefined,
    )
    expect(await problemOf(denied)).toMatchObject({ status: 503, code: 'storage_unavailable' })
  })
})
