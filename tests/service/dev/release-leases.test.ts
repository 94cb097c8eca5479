// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { releaseLeases } from '../../../dev/release-leases.ts'
import { reservePin, saveCall } from '../../../lib/calls/store-pins.ts'
import { createFileItem } from '../../../lib/files/store.ts'
import { claimWork } from '../../../lib/files/work-store.ts'
import { claimEvent, finishJob } from '../../../lib/jobs/store.ts'
import { acquireResult, saveResult } from '../../../lib/jobs/store-results.ts'
import { claimBox } from '../../../lib/opensensemap/store-boxes.ts'
import { acquireTokenLease, releaseTokenLease } from '../../../lib/providers/shared-token-store.ts'
import { event as jobEvent } from '../../support/jobs.ts'
import { type Stage, startStage } from '../../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

const release = () => releaseLeases(stage.tables, stage.table)

const LONG_MS = 60_000
const event = (delivery: string) => jobEvent({ provider: 'test', delivery })

const seen = new Set<string>()

/** Each acquires a lease, and returns whether it did. */
const LEASES: Record<string, (name: string) => Promise<boolean>> = {
  'result of a request': async (name) => (await acquireResult(name, Date.now())).state === 'acquired',
  'event and its job': async (name) => (await claimEvent(event(name), 'test', Date.now())).state === 'claimed',
  PIN: (name) => reservePin(name, name + Math.random(), Date.now()),
  'box of openSenseMap': async (name) => (await claimBox(name, name, Date.now())) !== null,
  'work of a file': async (name) => {
    const owner = {
      client_id: 'client',
      purpose: 'submission',
      type: 'text/plain',
      request: '',
      transfer: name,
    } as const
    if (!seen.has(name)) await createFileItem({ id: `file#${name}`, ...owner, size: 1, created_at: 0 })
    seen.add(name)
    return (await claimWork(`file#${name}`, Date.now())) !== null
  },
  'token of a provider': (name) => acquireTokenLease(name, undefined, Date.now(), LONG_MS),
}

describe('after the start of a local run', () => {
  it.each(Object.entries(LEASES))('the lease of a dead process is free: %s', async (_, acquire) => {
    expect(await acquire('dead')).toBe(true)
    expect(await acquire('dead')).toBe(false)
    await release()
    expect(await acquire('dead')).toBe(true)
    expect(await acquire('dead')).toBe(false)
  })

  it('a stored result, a finished job, a call and a pause after a rejected log-in remain', async () => {
    const now = Date.now()
    const result = await acquireResult('done', now)
    await saveResult('done', result.state === 'acquired' ? result.lease : '', 'the result', now, LONG_MS)
    const claim = await claimEvent(event('done'), 'test', now)
    if (claim.state === 'claimed') await finishJob(claim.job, { outcome: 'the outcome', sentTo: [] })
    await reservePin('done', 'holder', now)
    const sides = { caller: { userId: 'caller', call: '{}' }, contact: { userId: 'contact', call: '{}' } }
    await saveCall({ pin: 'done', holder: 'holder' }, sides, now + LONG_MS)
    await acquireTokenLease('done', undefined, now, LONG_MS)
    await releaseTokenLease('done', now + LONG_MS)
    await release()
    expect(await acquireResult('done', now)).toEqual({ state: 'done', result: 'the result' })
    expect(await claimEvent(event('done'), 'test', now)).toEqual({ state: 'done', outcome: 'the outcome' })
    expect(await reservePin('done', 'another', now)).toBe(false)
    expect(await acquireTokenLease('done', undefined, now, LONG_MS)).toBe(false)
  })
})
