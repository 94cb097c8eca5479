// @module-tag local-only
// The command line works on tables and parameters of its own.
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { localAws } from '../../../dev/dynamodb.ts'
import { readTemplate } from '../../../dev/template.ts'
import { boxDigest } from '../../../lib/opensensemap/box.ts'
import { dueAttributes } from '../../../lib/opensensemap/due-index.ts'
import type { BoxState } from '../../../lib/opensensemap/store-boxes.ts'
import { latchkeyCommand } from '../../support/cli.ts'
import { type FaultyDatabase, makeStageTables, startDatabase } from '../../support/database.ts'

/** The command line against the tables of a deployed stage, filled by the stores that the functions use. */
let database: FaultyDatabase
let measurements: typeof import('../../../lib/measurements/store/blocks.ts')
let forwarding: typeof import('../../../lib/opensensemap/store-due-blocks.ts')
let boxes: typeof import('../../../lib/opensensemap/store-boxes.ts')
beforeAll(async () => {
  const { tables, functions } = await readTemplate(inject('templateFile'))
  database = await startDatabase()
  Object.assign(process.env, functions.find(({ name }) => name === 'ForwardMeasurementsLambdaFunction')?.environment)
  Object.assign(process.env, localAws(database), await makeStageTables(database, tables, 'prod'))
  vi.resetModules()
  measurements = await import('../../../lib/measurements/store/blocks.ts')
  forwarding = await import('../../../lib/opensensemap/store-due-blocks.ts')
  boxes = await import('../../../lib/opensensemap/store-boxes.ts')
})
afterAll(() => database.stop())
beforeEach(async () => {
  // Remains of earlier tests are marked as forwarded.
  for (const { digest } of await forwarding.dueBoxes(Infinity))
    for await (const place of forwarding.dueBlocks(digest)) await forwarding.markForwarded(place)
})

const latchkey = (verb: string, ...args: string[]) =>
  latchkeyCommand(localAws(database), ['forwarding', verb, '--stage', 'prod', ...args])
/** The JSON output of a command, which must succeed and print nothing else. */
async function json(verb: string, ...args: string[]) {
  const { code, stdout, stderr } = await latchkey(verb, '--json', ...args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

const DAY = 86_400_000
const day = (count: number) => new Date(count * DAY).toISOString()

/** Stores a block for each of these days. */
async function stored(box: string, days: readonly number[], more: Record<string, number[]> = {}) {
  const blocks = days.map((count) => ({
    source: box,
    key: `${day(count)}#digest`,
    timeColumn: null,
    rows: 1,
    span: 0,
    columns: new Map(Object.entries({ scd30_co2_ppm: [count], ...more })),
  }))
  const receipt = { receivedAt: 0, matchedChecksums: [], failedChecksums: [] }
  await measurements.storeBlocks({ clientId: 'client' }, blocks, receipt, {
    nameless: false,
    deadline: Date.now() + 90_000,
    attributesOf: (block) => dueAttributes(box, block),
  })
  return blocks.map(({ key }) => ({ series: `client#${box}`, block: key }))
}

async function parked(box: string, days: readonly number[], reason: string): Promise<void> {
  for (const place of await stored(box, days)) await forwarding.parkBlock(place, 0, reason)
}

/** Saves changes to the state of a box. */
async function left(box: string, changes: Partial<BoxState>): Promise<void> {
  const state = await boxes.claimBox(boxDigest(box), box, Date.now())
  if (!state) throw new Error('somebody else has it')
  await boxes.saveBox(boxDigest(box), { ...state, ...changes, lease_until: 0 })
}

const due = async () => (await forwarding.dueBoxes(Infinity)).map(({ digest }) => digest)

describe('latchkey forwarding', () => {
  it('lists the state of boxes, and redrives parked blocks and waiting boxes', async () => {
    const later = Date.now() + DAY
    const next_attempt = new Date(later).toISOString()
    await stored('fresh', [9, 7, 8])
    await stored('placed', [1], { lat: [48], lon: [9] })
    await left('placed', { reason: 'no_position', due_at: later })
    await stored('nowhere', [3])
    await stored('nowhere', [2], { lat: [0], lon: [0] })
    await left('nowhere', { reason: 'no_position', due_at: later })
    await stored('failing', [1])
    await left('failing', { reason: 'provider_timeout', failures: 3, due_at: later })
    await parked('failing', [5, 4], 'time_in_future')
    await parked('failing', [6], 'refused_measurements_422')
    await parked('two words', [2], 'time_in_future')

    const id = (box: string) => boxDigest(box).slice(0, 10)
    const waiting = (box: string, blocks: number, oldest: number) => ({
      ...{ box, id: id(box), state: 'waiting', failures: 0, reason: null, blocks, oldest: day(oldest), next_attempt },
    })
    const listed = [
      { ...waiting('failing', 1, 1), failures: 3, reason: 'provider_timeout' },
      { ...waiting('fresh', 3, 7), state: 'due', next_attempt: null },
      { ...waiting('nowhere', 2, 2), reason: 'no_position' },
      { ...waiting('placed', 1, 1), state: 'due', reason: 'no_position', next_attempt: null },
      {
        box: 'failing',
        id: id('failing'),
        state: 'parked',
        blocks: 3,
        reasons: { time_in_future: 2, refused_measurements_422: 1 },
        oldest: day(4),
      },
      {
        box: 'two words',
        id: id('two words'),
        state: 'parked',
        blocks: 1,
        reasons: { time_in_future: 1 },
        oldest: day(2),
      },
    ]
    expect((await json('list')).boxes).toEqual(listed)
    expect((await json('list', '--due')).boxes).toEqual(listed.slice(0, 4))
    expect((await json('list', '--parked')).boxes).toEqual(listed.slice(4))
    expect((await latchkey('list')).stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['box', 'id', 'state', 'failures', 'blocks', 'reason', 'next_attempt', 'oldest'],
      ['failing', id('failing'), 'waiting', '3', '1', 'provider_timeout', next_attempt, day(1)],
      ['fresh', id('fresh'), 'due', '0', '3', '-', 'next run', day(7)],
      ['nowhere', id('nowhere'), 'waiting', '0', '2', 'no_position', next_attempt, day(2)],
      ['placed', id('placed'), 'due', '0', '1', 'no_position', 'next run', day(1)],
      ['failing', id('failing'), 'parked', '-', '3', expect.stringContaining('time_in_future (2)'), '-', day(4)],
      ['two words', id('two words'), 'parked', '-', '1', 'time_in_future (1)', '-', day(2)],
      [''],
    ])

    const some = await latchkey('redrive', '--json', 'nowhere', 'two words', 'nobody', 'two words', 'Fresh')
    expect(some.code).toBe(1)
    expect(JSON.parse(some.stdout)).toEqual({
      redriven: [
        { box: 'nowhere', blocks: 0 },
        { box: 'two words', blocks: 1 },
      ],
      skipped: ['Fresh', 'nobody'],
    })
    expect(JSON.parse(some.stderr)).toEqual({
      error: { code: 'failed', message: 'Neither parked nor due: Fresh, nobody.' },
    })
    expect(await due()).toContain(boxDigest('two words'))
    expect(await boxes.findBox(boxDigest('nowhere'))).toMatchObject({ due_at: 0 })
    expect(await boxes.findBox(boxDigest('failing'))).toMatchObject({ due_at: later, failures: 3 })

    expect(await latchkey('redrive', '--all')).toEqual({
      code: 0,
      stdout: '3 blocks are due again; 5 boxes are retried by the next run.\n',
      stderr: '',
    })
    expect(await boxes.findBox(boxDigest('failing'))).toMatchObject({ due_at: 0, failures: 0 })
    expect((await json('list', '--parked')).boxes).toEqual([])
    expect((await json('list')).boxes.map(({ state }: { state: string }) => state)).toEqual(Array(5).fill('due'))
  })

  it('accepts any box name, and prints no control characters', async () => {
    const names = ['--all', '-h', '--help', 'a\u001b[2J\n\u202eb', '\u{1f4e6} #0']
    for (const name of names) await parked(name, [1], 'time_in_future')
    const { stdout } = await latchkey('list', '--parked')
    expect(stdout).toContain('a\ufffd[2J\ufffd\ufffdb')
    expect(stdout.split('\n')).toHaveLength(names.length + 2)
    expect((await json('redrive', '--', '--all')).redriven).toEqual([{ box: '--all', blocks: 1 }])
    const others = names.slice(1)
    const { redriven } = await json('redrive', '--', ...others)
    expect(redriven).toEqual(others.toSorted().map((box) => ({ box, blocks: 1 })))
    const odd = await latchkey('redrive', '\u001b[2J')
    expect(odd).toMatchObject({ code: 1, stderr: 'Neither parked nor due: \ufffd[2J.\n' })
    expect(odd.stdout).toBe('0 blocks are due again; 0 boxes are retried by the next run.\n')
  })

  it('requires names or --all, and reports a missing stage', async () => {
    const failure = (stderr: string) => ({ code: 1, stdout: '', stderr: `${stderr}\n` })
    const usageError = (stderr: string) => ({ code: 2, stdout: '', stderr: `${stderr}\n` })
    const wanted = usageError('Name boxes as in uploads, or set --all.')
    expect(await latchkey('redrive')).toEqual(wanted)
    expect(await latchkey('redrive', '--all', 'one')).toEqual(wanted)
    const missing = failure('There are no tables of this stage in this region: deploy it first.')
    expect(await latchkey('list', '--stage', 'dev')).toEqual(missing)
    expect(await latchkey('redrive', 'one', '--stage', 'dev')).toEqual(missing)
    for (const verb of ['list', 'redrive']) expect((await latchkey(verb, '--help')).stdout).toMatch(/^Usage: latchkey/)
  })
})
