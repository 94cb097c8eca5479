// @module-tag local-only
// It adds a handler to the code of the functions.
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { JobHandler } from '../../../lib/jobs/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf } from '../../support/responses.ts'

const handler = vi.fn<JobHandler>(async () => 'done')
let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({
    WEBHOOKS: JSON.stringify({ acme: { verify: { scheme: 'hmac', header: 'x-acme' }, id: '/id' } }),
    WEBHOOK_ACME: 'the secret of acme',
  })
})
afterAll(() => {
  vi.useRealTimers()
  return latchkey.stop()
})
beforeEach(async () => {
  await latchkey.anotherContainer()
  const { PROCESSING } = await import('../../../lib/webhooks/work.ts')
  Object.assign(PROCESSING, { acme: handler })
})

function deliver(id: string) {
  const body = JSON.stringify({ id })
  const headers = { 'x-acme': createHmac('sha256', 'the secret of acme').update(body).digest('hex') }
  return latchkey.call('/webhook/acme', { method: 'POST', headers, body })
}
const stateOf = async (id: string) => (await fieldsOf(await latchkey.asAdmin(`/events/acme:${id}`)))['state']

it('runs once for an event, with its id, and the provider gets the usual answer', async () => {
  const answers = await Promise.all([deliver('one'), deliver('one'), deliver('one')])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(await fieldsOf(answers[0] ?? new Response())).toEqual({ ok: true })
  expect(handler.mock.calls.map(([subject]) => subject)).toEqual(['acme:one'])
  expect(await stateOf('one')).toBe('done')
})

it('is retried by the schedule after a failure, which the provider does not notice', async () => {
  handler.mockRejectedValueOnce(new Error('broken'))
  expect((await deliver('two')).status).toBe(200)
  expect(await stateOf('two')).toBe('pending')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
  await latchkey.runScheduled('retry-jobs.mjs')
  expect(await stateOf('two')).toBe('done')
})
