// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FINISHED, NO_STATUS, rankOf } from '../../../lib/identity/statuses.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { runs } from '../../support/property.ts'

/** All statuses of Incode, from first to last. */
const IN_ORDER = [
  'ID_VALIDATION_FINISHED',
  'ID_VALIDATION_FINISHED_SECOND_ID',
  'POST_PROCESSING_FINISHED',
  'FACE_VALIDATION_FINISHED',
  'GOVERNMENT_VALIDATION_FINISHED',
  'EXPIRED',
  'ONBOARDING_FINISHED',
  'MANUAL_REVIEW_APPROVED',
  'MANUAL_REVIEW_REJECTED',
]

describe('statuses', () => {
  it('have increasing, distinct ranks', () => {
    const ranks = IN_ORDER.map((status) => rankOf(status) ?? Number.NaN)
    expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b))
    expect(IN_ORDER).toContain(FINISHED)
  })

  it.each([NO_STATUS, '', 'onboarding_finished', 'ONBOARDING_FINISHED ', 'toString', '__proto__', 'constructor'])(
    'do not include %j',
    (status) => {
      expect(rankOf(status)).toBeUndefined()
    },
  )

  it('have a rank only if they are known', () => {
    fc.assert(
      fc.property(fc.string(), (status) => {
        expect(rankOf(status) !== undefined).toBe(IN_ORDER.includes(status))
      }),
    )
  })
})

describe('a session', () => {
  let latchkey: Latchkey
  let store: typeof import('../../../lib/identity/store.ts')
  beforeAll(async () => {
    latchkey = await startLatchkey()
    store = await import('../../../lib/identity/store.ts')
  })
  afterAll(() => latchkey.stop())

  const statusOf = async (id: string) => (await store.findInterview(id, Date.now()))?.onboardingStatus
  const move = (id: string, status: string) =>
    store.advanceInterview(id, status, rankOf(status) ?? Number.NaN, Date.now())
  const furthest = (statuses: string[]) => IN_ORDER.findLast((status) => statuses.includes(status))

  const events = fc
    .uniqueArray(fc.constantFrom(...IN_ORDER), { minLength: 1 })
    .chain((some) =>
      fc.tuple(fc.shuffledSubarray(some, { minLength: some.length }), fc.array(fc.constantFrom(...some))),
    )
    .map(([each, again]) => [...each, ...again])
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }))

  it('has the last status in rank for any order and repetition of its events', async () => {
    await fc.assert(
      fc.asyncProperty(events, async (statuses) => {
        const id = randomUUID()
        for (const [index, status] of statuses.entries()) {
          await move(id, status)
          expect(await statusOf(id)).toBe(furthest(statuses.slice(0, index + 1)))
        }
      }),
      { numRuns: runs(15) },
    )
  })

  it('has the last status in rank after concurrent events', async () => {
    await fc.assert(
      fc.asyncProperty(events, async (statuses) => {
        const id = randomUUID()
        await Promise.all(statuses.map((status) => move(id, status)))
        expect(await statusOf(id)).toBe(furthest(statuses))
      }),
      { numRuns: runs(15) },
    )
  })

  it('retains its status if its start is stored after its events', async () => {
    const interviewId = randomUUID()
    await move(interviewId, FINISHED)
    const start = { interviewId, uniqueId: randomUUID(), token: 'token', clientId: 'client' }
    await store.saveInterview(start, Date.now())
    expect(await store.findInterviewByUniqueId(start.uniqueId, Date.now())).toMatchObject({
      interviewId,
      onboardingStatus: FINISHED,
      start: { token: 'token', clientId: 'client' },
    })
  })
})
