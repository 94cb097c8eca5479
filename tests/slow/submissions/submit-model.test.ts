// @module-tag local-only
// It needs hundreds of uploads that fail.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { Fault } from '../../support/database.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { runs } from '../../support/property.ts'
import { accepted, contentOf, formOf, piecesOf, submissionsOf, submit } from '../../support/submissions.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
afterEach(() => {
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
})

/** Contents of no bytes, of a few bytes and of two chunks. */
const CONTENTS = [Buffer.of(), randomBytes(10), randomBytes(400_001)]

interface Break {
  at: number
  fault: Fault
  andAll: boolean
}
type Step =
  | { do: 'submit' | 'remove'; which: number; breaks: Break | null }
  | { do: 'tidy'; minutes: number; breaks: Break | null }

const breaks = fc.option(
  fc.record({
    at: fc.integer({ min: 3, max: 10 }),
    fault: fc.constantFrom<Fault>('failing', 'answer lost', 'never arrives'),
    andAll: fc.boolean(),
  }),
)
const call = fc.record({ do: fc.constantFrom('submit', 'remove'), which: fc.nat(CONTENTS.length - 1), breaks })
const tidy = fc.record({ do: fc.constant('tidy'), minutes: fc.constantFrom(0, 2, 11), breaks })
const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof({ weight: 3, arbitrary: call }, tidy), {
  minLength: 3,
  maxLength: 10,
})

function apply(all: Break | null): void {
  const seen: string[] = []
  latchkey.database.plan = (command, body) => {
    if (!seen.includes(command + body)) seen.push(command + body)
    const number = seen.indexOf(command + body) + 1
    return all && (number === all.at || (all.andAll && number > all.at)) ? all.fault : undefined
  }
}

/** State of a submission as far as the responses show it. */
type Known = 'there' | 'gone' | 'doubtful'

async function play(all: readonly Step[]): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const { client_id } = await latchkey.register({ scope: 'upload download delete' })
  const token = await latchkey.token(client_id, { expiry_minutes: '1440', participant_id: 'Ada' })
  const send = (which: number) =>
    submit(latchkey, formOf({ auth_token: token, files: [[`${which}`, CONTENTS[which] ?? Buffer.of()]] }))
  const remove = (id: string) =>
    latchkey.call(`/submissions/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
  const later = (minutes: number) => vi.setSystemTime(Date.now() + minutes * 60_000)
  const ids: string[] = []
  for (const which of CONTENTS.keys()) {
    ids.push((await accepted(await send(which))).id)
    await remove(ids[which] ?? '')
  }
  const known: Known[] = ids.map(() => 'gone')

  const take = async (step: Step): Promise<void> => {
    if (step.do === 'tidy') {
      later(step.minutes)
      return latchkey.runScheduled('clean-up-submissions.mjs').catch(() => undefined)
    }
    const before = known[step.which]
    const { status } = step.do === 'submit' ? await send(step.which) : await remove(ids[step.which] ?? '')
    expect(status).toBeOneOf(step.do === 'submit' ? [200, 503] : before === 'there' ? [204, 503] : [204, 404, 503])
    if (status !== 503) known[step.which] = status === 200 ? 'there' : 'gone'
    else if (before !== (step.do === 'submit' ? 'there' : 'gone')) known[step.which] = 'doubtful'
  }
  /** Compares the visible submissions with the expected state, which is certain afterwards. */
  const look = async () => {
    const listed = (await submissionsOf(latchkey, client_id)).map(({ id }) => id)
    expect(new Set(listed).size).toBe(listed.length)
    for (const [which, id] of ids.entries()) {
      const seen = listed.includes(id) ? 'there' : 'gone'
      expect(known[which]).toBeOneOf([seen, 'doubtful'])
      known[which] = seen
      if (seen === 'there') expect((await contentOf(latchkey, id, 1)).equals(CONTENTS[which] ?? Buffer.of())).toBe(true)
      else expect((await latchkey.asAdmin(`/submissions/${id}`)).status).toBe(404)
    }
    const { there, named } = await piecesOf(latchkey)
    expect(there).toEqual(expect.arrayContaining(named))
  }

  for (const step of all) {
    apply(step.breaks)
    await take(step)
    apply(null)
    await look()
  }
  later(11)
  await latchkey.runScheduled('clean-up-submissions.mjs')
  await look()
  const { there, named } = await piecesOf(latchkey)
  expect(there).toEqual(named)
  for (const [which, id] of ids.entries()) expect((await remove(id)).status).toBe(known[which] === 'there' ? 204 : 404)
  expect((await piecesOf(latchkey)).there).toEqual([])
  vi.useRealTimers()
}

it('submissions, removals and clean-ups that crash leave each submission complete or absent', async () => {
  await fc.assert(fc.asyncProperty(steps, play), { numRuns: runs(25) })
})
