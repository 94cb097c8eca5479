// @module-tag local-only
// It needs hundreds of requests that fail, and reads the bucket of this process.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { Fault } from '../../support/database.ts'
import { itemOf, PHOTO, sendFile } from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { runs } from '../../support/property.ts'
import { accepted, contentOf, formOf, submissionsOf, submit } from '../../support/submissions.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
afterEach(() => {
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
})

const MINUTE_MS = 60_000
const CONTENTS = [randomBytes(10), randomBytes(20), randomBytes(30)]
/** Which files each submission has. Those with different keys are different submissions, which compete for the files. */
const FORMS = [[0], [0, 1], [1, 2]]
const KEYS = 2

interface Break {
  at: number
  fault: Fault
  andAll: boolean
}
type Step =
  | { do: 'submit' | 'remove'; form: number; key: number; breaks: Break | null }
  | { do: 'work'; minutes: number; breaks: Break | null }

const breaks = fc.option(
  fc.record({
    at: fc.integer({ min: 3, max: 10 }),
    fault: fc.constantFrom<Fault>('failing', 'answer lost', 'never arrives'),
    andAll: fc.boolean(),
  }),
)
const call = fc.record({
  do: fc.constantFrom('submit', 'submit', 'remove'),
  form: fc.nat(FORMS.length - 1),
  key: fc.nat(KEYS - 1),
  breaks,
})
const work = fc.record({ do: fc.constant('work'), minutes: fc.constantFrom(0, 3, 6, 70, 1_500), breaks })
const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof({ weight: 3, arbitrary: call }, work), {
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

async function play(all: readonly Step[]): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const { client_id } = await latchkey.register({ scope: 'upload download delete' })
  const first = await latchkey.token(client_id)
  const files = await Promise.all(
    CONTENTS.map((content, n) => sendFile(latchkey, first, { ...PHOTO, name: `${n}` }, content)),
  )
  await latchkey.settled()
  /** Ids of the submissions that were accepted, by form and key. */
  const ids = new Map<string, string>()

  const work = async (minutes: number) => {
    vi.setSystemTime(Date.now() + minutes * MINUTE_MS)
    await latchkey.runScheduled('process-files.mjs').catch(() => undefined)
    await latchkey.runScheduled('clean-up-submissions.mjs').catch(() => undefined)
  }
  const take = async (step: Step): Promise<void> => {
    if (step.do === 'work') {
      apply(step.breaks)
      return work(step.minutes)
    }
    // The former one may have expired.
    const token = await latchkey.token(client_id)
    const name = `${step.form} ${step.key}`
    apply(step.breaks)
    if (step.do === 'submit') {
      const form = formOf({ auth_token: token })
      for (const n of FORMS[step.form] ?? []) form.append('upload', files[n] ?? '')
      const answer = await submit(latchkey, form, { 'idempotency-key': name })
      expect(answer.status).toBeOneOf([200, 400, 409, 503])
      if (answer.status === 200) ids.set(name, (await accepted(answer)).id)
      return
    }
    const id = ids.get(name)
    if (id === undefined) return
    const init = { method: 'DELETE', headers: { authorization: `Bearer ${token}` } }
    const { status } = await latchkey.call(`/submissions/${id}`, init)
    expect(status).toBeOneOf([204, 404, 503])
    if (status !== 503) expect((await latchkey.asAdmin(`/submissions/${id}`)).status).toBe(404)
  }
  /** Files of the visible submissions. Each is complete, and no file is in two of them. */
  const look = async () => {
    const used: number[] = []
    for (const submission of await submissionsOf(latchkey, client_id))
      for (const [index, { name }] of submission.files.entries()) {
        used.push(Number(name))
        const content = await contentOf(latchkey, submission.id, index + 1)
        expect(content.equals(CONTENTS[Number(name)] ?? Buffer.of())).toBe(true)
      }
    expect(new Set(used).size).toBe(used.length)
    return used
  }

  for (const step of all) {
    await take(step)
    apply(null)
    await look()
  }
  await work(120)
  await work(8 * 24 * 60)
  const used = (await look()).toSorted()
  const objects = (await latchkey.bucket.store.list('submissions/')).map(({ key }) => key)
  for (const [n, id] of files.entries()) {
    expect(objects.includes(`submissions/${id}`)).toBe(used.includes(n))
    expect((await itemOf(id)) !== undefined).toBe(used.includes(n))
  }
  vi.useRealTimers()
}

it('submissions, removals and work that crash leave each large file with its submission, or removed', async () => {
  await fc.assert(fc.asyncProperty(steps, play), { numRuns: runs(25) })
})
