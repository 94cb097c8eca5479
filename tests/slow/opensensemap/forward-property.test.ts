// @module-tag local-only
// Every test moves the clock.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { FakeFault } from '../../../dev/fakes/fake.ts'
import { type Forwarding, HOUR, MINUTE, startForwarding } from '../../support/forwarding.ts'
import { runs } from '../../support/property.ts'

let on: Forwarding
beforeAll(async () => {
  on = await startForwarding({ OSEM_DEFAULT_POSITION: '48.52,9.05', OSEM_POSTS_PER_MINUTE: '600' })
  on.osem.rateLimit.posts = 1_000_000
})
afterAll(() => on.stop())

const status = (code: number): FakeFault => ({ status: code, body: { code: 'No', message: 'no' } })
/** Faults after which nothing is stored, and faults after which that is unknown. */
const CLEAR: FakeFault[] = [
  'never arrives',
  status(500),
  status(503),
  status(429),
  status(404),
  status(403),
  status(401),
]
const DOUBTFUL: FakeFault[] = ['answer lost', 'answer cut off', 'garbage']

type Step =
  | { do: 'upload'; rows: number; boxes: number; late: boolean }
  | { do: 'run'; faults: (FakeFault | undefined)[]; crashAt: number }

const faults = (kinds: FakeFault[]) =>
  fc.array(fc.option(fc.constantFrom(...kinds), { nil: undefined, freq: 2 }), { maxLength: 6 })
const upload = (late: fc.Arbitrary<boolean>): fc.Arbitrary<Step> =>
  fc.record({
    do: fc.constant('upload'),
    rows: fc.integer({ min: 1, max: 6 }),
    boxes: fc.integer({ min: 1, max: 3 }),
    late,
  })
const run = (kinds: FakeFault[], crashAt: fc.Arbitrary<number>): fc.Arbitrary<Step> =>
  fc.record({ do: fc.constant('run'), faults: faults(kinds), crashAt })
const crashes = fc.option(fc.integer({ min: 1, max: 40 }), { nil: Infinity, freq: 2 })
const steps = (late: fc.Arbitrary<boolean>) =>
  fc.array(fc.oneof(upload(late), run([...CLEAR, ...DOUBTFUL], crashes)), { minLength: 2, maxLength: 8 })

let example = 0

/** Runs the steps, then forwards without faults; returns the uploaded and the arrived measurements. */
async function play(all: readonly Step[]): Promise<{ uploaded: string[]; arrived: string[] }> {
  example += 1
  on.osem.measurements.splice(0)
  const uploaded: string[] = []
  let value = 0
  for (const step of all) {
    vi.setSystemTime(Date.now() + 2 * MINUTE)
    if (step.do === 'run') await faultyRun(step)
    else {
      const rows = Array.from({ length: step.rows }, () => (value += 1))
      const box = rows.map((_, row) => `${example}-${row % step.boxes}`)
      const begin = Date.now() - MINUTE - (step.late ? 24 * HOUR : 0)
      await on.upload({ box, time: rows.map((_, row) => begin / 1000 + row), a_b_c: rows })
      uploaded.push(...rows.map((each, row) => `${box[row]} b ${each}`))
    }
  }
  for (let hour = 0; hour < 4; hour += 1) await on.later(HOUR)
  return { uploaded, arrived: on.arrived() }
}

async function faultyRun({ faults: planned, crashAt }: Extract<Step, { do: 'run' }>): Promise<void> {
  const left = [...planned]
  let commands = 0
  // Other tests cover the calls to the account, which would use up most planned faults here.
  on.osem.plan = ({ path }) => (path.startsWith('/users') ? undefined : left.shift())
  on.latchkey.database.plan = () => {
    commands += 1
    return commands > crashAt ? 'failing' : undefined
  }
  // A crash can also reject the run.
  await on.forward().catch(() => undefined)
  on.osem.plan = () => undefined
  on.latchkey.database.plan = () => undefined
}

it('measurements in order of time arrive exactly once, despite faults and crashes', async () => {
  await fc.assert(
    fc.asyncProperty(steps(fc.constant(false)), async (all) => {
      const { uploaded, arrived } = await play(all)
      expect(arrived.toSorted()).toEqual(uploaded.toSorted())
    }),
    { numRuns: runs(40) },
  )
})

it('measurements in any order arrive at least once, and exactly once without lost responses', async () => {
  const calm = fc.array(fc.oneof(upload(fc.boolean()), run(CLEAR, fc.constant(Infinity))), {
    minLength: 2,
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(calm, async (all) => {
      const { uploaded, arrived } = await play(all)
      expect(arrived.toSorted()).toEqual(uploaded.toSorted())
    }),
    { numRuns: runs(25) },
  )
  await fc.assert(
    fc.asyncProperty(steps(fc.boolean()), async (all) => {
      const { uploaded, arrived } = await play(all)
      expect([...new Set(arrived)].toSorted()).toEqual(uploaded.toSorted())
    }),
    { numRuns: runs(25) },
  )
})
