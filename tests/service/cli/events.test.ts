// @module-tag local-only
// The command line works on tables and parameters of its own.
import { Writable } from 'node:stream'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { latchkeyCommand } from '../../support/cli.ts'
import { eventStore, newEvent, publicId } from '../../support/events.ts'
import { jobContainer } from '../../support/jobs.ts'
import { type Stage, startStage } from '../../support/stage.ts'

const verify = { scheme: 'hmac', header: 'x-signature' }
const WEBHOOKS = JSON.stringify({ shop: { verify, bus: 'default' }, plain: { verify } })

let stage: Stage
let store: ReturnType<typeof eventStore>
beforeAll(async () => {
  stage = await startStage({ WEBHOOKS })
  stage.aws.environments.set(`latchkey-${stage.stage}-events`, { WEBHOOKS })
  store = eventStore(await jobContainer())
})
afterAll(() => stage.stop())

const failure = (stderr: string) => ({ code: 1, stdout: '', stderr: `${stderr}\n` })
const usageError = (stderr: string) => ({ ...failure(stderr), code: 2 })
const list = async (...args: string[]): Promise<string[]> =>
  (await stage.json('events', 'list', ...args)).events.map(({ id }: { id: string }) => id)
const stateOf = async (id: string) => (await stage.json('events', 'show', id)).state

/** Events at some seconds of a day in the future. */
const at = (day: string, second: number) => Date.parse(`${day}T00:00:00Z`) + second * 1_000

describe('events list', () => {
  const day = ['--from', '2040-01-01', '--to', '2040-01-01']
  const events = [
    newEvent('shop', { receivedAt: at('2040-01-01', 1) }),
    newEvent('plain', { receivedAt: at('2040-01-01', 2) }),
    newEvent('shop', { receivedAt: at('2040-01-01', 3), type: 'invoice.void' }),
    newEvent('shop', { receivedAt: at('2040-01-01', 4) }),
  ]
  const [stored = '', done = '', parked = '', pending = ''] = events.map(publicId)
  beforeAll(async () => {
    const [one, two, three, four] = events
    if (!one || !two || !three || !four) throw new Error('no events')
    await store.stored(one)
    await store.done(two)
    await store.parked(three)
    await store.pending(four)
  })

  it('shows the events of all providers, the newest first', async () => {
    expect(await list(...day)).toEqual([pending, parked, done, stored])
    expect(await list(...day, '--number', '3')).toEqual([pending, parked, done])
    const { stdout } = await stage.command('events', 'list', ...day)
    expect(stdout).toMatch(
      new RegExp(`^${parked} +invoice.void +parked +0 +provider_timeout +2040-01-01T00:00:03`, 'm'),
    )
  })

  it('filters by provider, type, state and time', async () => {
    expect(await list('--provider', 'plain', ...day)).toEqual([done])
    expect(await list('--type', 'invoice.void', ...day)).toEqual([parked])
    expect(await list('--state', 'stored', ...day)).toEqual([stored])
    expect(await list('--from', '2040-01-01T00:00:04Z')).toEqual([pending])
    expect((await stage.command('events', 'list', '--provider', 'incode')).stdout).toBe('There are no such events.\n')
  })

  it('shows the jobs that failed, of removed providers too', async () => {
    const removed = newEvent('removed')
    await store.parked(removed)
    expect(await list('--parked')).toEqual(expect.arrayContaining([parked, publicId(removed)]))
    expect(await list('--due')).toEqual([pending])
    expect(await list('--due', '--parked')).toHaveLength(3)
  })

  it('rejects wrong filters', async () => {
    const run = (...args: string[]) => stage.command('events', 'list', ...args)
    expect(await run('--parked', '--provider', 'shop')).toEqual(
      usageError('Set --parked and --due without other filters, or use --state.'),
    )
    expect(await run('--state', 'new')).toEqual(usageError('--state must be stored, pending, parked, done.'))
    expect(await run('--from', 'yesterday')).toEqual(
      usageError('--from must be a time such as 24h (24 hours ago) or 2026-03-02.'),
    )
    expect(await run('--number', '0')).toEqual(usageError('--number must be at least 1.'))
    expect(await run('--provider', 'Shop')).toEqual(usageError('--provider must be the name of a provider.'))
  })

  it('needs a deployed stage', async () => {
    expect(await latchkeyCommand(stage.settings, ['events', 'list', '--stage', 'other'])).toEqual(
      failure('The stage other is not deployed in this region.'),
    )
  })
})

describe('events show', () => {
  it('shows one event', async () => {
    const one = newEvent('shop', { receivedAt: at('2040-01-02', 0) })
    await store.stored(one)
    expect(await stage.json('events', 'show', publicId(one))).toMatchObject({
      id: publicId(one),
      type: 'invoice.paid',
      state: 'stored',
      bytes: one.body.length,
    })
    const { stdout } = await stage.command('events', 'show', publicId(one))
    expect(stdout).toContain('state: stored\nreceived_at: 2040-01-02T00:00:00.000Z\n')
  })

  it('rejects an unknown id, and a text that is not one', async () => {
    for (const verb of ['show', 'body']) {
      expect(await stage.command('events', verb, 'shop:evt_0')).toEqual(
        failure('There is no event with this id. It may have expired.'),
      )
      expect(await stage.command('events', verb, 'event#shop#evt_0')).toEqual(
        usageError('An id of an event is like stripe:evt_1: events list shows them.'),
      )
    }
  })
})

describe('events body', () => {
  const bytes = Buffer.from([0x1b, 0x5b, 0xff, 0x00])

  /** Runs the command, and returns the bytes that it wrote. */
  async function written(id: string, isTTY: boolean) {
    const chunks: Buffer[] = []
    const stdout = new Writable({
      write(chunk: Uint8Array, _encoding, done) {
        chunks.push(Buffer.from(chunk))
        done()
      },
    })
    const io = { stdout: Object.assign(stdout, { isTTY }) }
    const ran = await latchkeyCommand(stage.settings, ['events', 'body', id, '--stage', stage.stage], undefined, io)
    return { code: ran.code, stderr: ran.stderr, bytes: Buffer.concat(chunks) }
  }

  it('writes the bytes unchanged', async () => {
    const one = newEvent('shop', { body: bytes })
    const large = newEvent('shop', { body: Buffer.alloc(1_000_000, '{"a":"ü"}\n') })
    await store.stored(one)
    await store.stored(large)
    expect(await written(publicId(one), false)).toEqual({ code: 0, stderr: '', bytes })
    const { bytes: all } = await written(publicId(large), true)
    expect(all.equals(Buffer.from(large.body))).toBe(true)
    expect(await stage.json('events', 'body', publicId(one))).toEqual({
      id: publicId(one),
      content_type: 'application/json',
      base64: bytes.toString('base64'),
    })
  })

  it('writes no control characters to a terminal', async () => {
    const one = newEvent('shop', { body: bytes })
    await store.stored(one)
    expect(await written(publicId(one), true)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('write it to a file with >'),
      bytes: Buffer.of(),
    })
  })
})

describe('events redrive', () => {
  it('redrives events by their ids, and names those that it cannot redrive', async () => {
    const [parked, plain] = [newEvent('shop'), newEvent('plain')]
    await store.parked(parked)
    await store.done(plain)
    const ids = [publicId(parked), publicId(plain), 'shop:evt_0']
    const some = await stage.command('events', 'redrive', ...ids, publicId(parked), '--json')
    expect([some.code, JSON.parse(some.stdout)]).toEqual([1, { redriven: ids.slice(0, 1), skipped: ids.slice(1) }])
    const { message } = JSON.parse(some.stderr).error
    expect(message).toMatch(
      /: webhooks\.yml has no target and no bus for this provider\..+\nshop:evt_0: There is no event/,
    )
    expect(await stateOf(publicId(parked))).toBe('pending')
    expect((await stage.command('events', 'redrive', publicId(parked))).stdout).toBe('1 event is due again.\n')
  })

  it('redrives all parked events of all providers', async () => {
    const [one, other] = [newEvent('plain'), newEvent('removed')]
    await store.parked(one)
    await store.parked(other)
    const { redriven } = await stage.json('events', 'redrive', '--all')
    expect(redriven).toEqual(expect.arrayContaining([publicId(one), publicId(other)]))
    expect(await list('--parked')).toEqual([])
    expect((await stage.command('events', 'redrive', '--all')).stdout).toBe('0 events are due again.\n')
  })

  it('redrives a range of one provider, in several steps', async () => {
    const events = Array.from({ length: 103 }, (_, second) =>
      newEvent('shop', { receivedAt: at('2040-01-03', second), ...(second === 7 && { type: 'invoice.void' }) }),
    )
    await Promise.all(events.map((one) => store.stored(one)))
    const range = ['--provider', 'shop', '--from', '2040-01-03', '--to', '2040-01-03']
    expect(await stage.json('events', 'redrive', ...range)).toEqual({ redriven: [], skipped: [] })
    const void_ = [...range, '--state', 'stored', '--type', 'invoice.void']
    expect((await stage.json('events', 'redrive', ...void_)).redriven).toHaveLength(1)
    expect((await stage.json('events', 'redrive', ...range, '--state', 'stored')).redriven).toHaveLength(102)
  })

  it('needs ids, --all or --provider', async () => {
    const run = (...args: string[]) => stage.command('events', 'redrive', ...args)
    const usage = usageError('Name the ids of events, or set --all, or --provider with other filters.')
    expect(await run()).toEqual(usage)
    expect(await run('--all', 'shop:evt_1')).toEqual(usage)
    expect(await run('--all', '--provider', 'shop')).toEqual(usage)
    expect(await run('--state', 'parked')).toEqual(usageError('--provider is required with these filters.'))
    expect((await run('evt_1')).code).toBe(2)
    expect(await run('--provider', 'plain', '--state', 'done')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no target and no bus'),
    })
  })
})

it('events of an earlier version are shown and redriven', async () => {
  const Item = {
    ...{ id: 'event#incode#p1#APPROVED', provider: 'incode', kind: 'incode', subject: 'p1', attempts: 31 },
    ...{ received_at: 1, work_state: 'parked', outbox: 'parked', due_at: 5, expires_at: 4e9, body: 'sealed' },
  }
  await stage.tables.send(new PutCommand({ TableName: stage.table('sessions'), Item }))
  expect(await list('--parked')).toEqual(['incode:p1:APPROVED'])
  expect(await stage.json('events', 'redrive', 'incode:p1:APPROVED')).toMatchObject({
    redriven: ['incode:p1:APPROVED'],
  })
})
