// @module-tag local-only
// These tests start processes of their own.
import { setTimeout as sleep } from 'node:timers/promises'
import { ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { databaseClient } from '../../../dev/dynamodb.ts'
import { type FakeIncode, startFakeIncode } from '../../../dev/fakes/incode.ts'
import { freePort } from '../../../dev/free-port.ts'
import { readRun } from '../../../dev/run-file.ts'
import { localRuns } from '../../support/local-run.ts'
import { fieldsOf } from '../../support/responses.ts'

let runs: ReturnType<typeof localRuns>
let incode: FakeIncode
beforeEach(async () => {
  runs = localRuns()
  incode = await startFakeIncode('OK')
})
afterEach(async () => {
  runs.stop()
  await incode.stop()
})

/** Makes the lease of the event last for an hour, so that the test does not depend on how long a restart takes. */
async function extendLease(): Promise<void> {
  const run = await readRun(runs.folder)
  if (!run) throw new Error('no Latchkey runs')
  const client = databaseClient(run.database)
  const TableName = 'latchkey-local-sessions'
  const { Items = [] } = await client.send(
    new ScanCommand({ TableName, FilterExpression: 'attribute_exists(lease_until)' }),
  )
  expect(Items).toHaveLength(1)
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: { id: Items[0]?.['id'] ?? { S: '' } },
      UpdateExpression: 'SET lease_until = :until',
      ExpressionAttributeValues: { ':until': { N: String(Date.now() + 3_600_000) } },
    }),
  )
  client.destroy()
}

it('after SIGKILL, npm start responds with Retry-After until it is ready, and frees the leases of the dead process', async () => {
  const PORT = String(await freePort())
  const url = `http://localhost:${PORT}`
  const settings = { ...incode.settings, PORT, OPEN_ENDPOINTS: 'start,approve' }
  const first = runs.start(settings)
  expect(await first.ready).toBeNull()
  const { interviewId } = await fetch(`${url}/start`).then(fieldsOf)
  const interview = incode.interviews.get(String(interviewId))
  if (!interview) throw new Error('Incode has no session')
  interview.status = 'ONBOARDING_FINISHED'
  const approve = () =>
    fetch(`${url}/approve`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ interviewId, onboardingStatus: 'ONBOARDING_FINISHED' }),
    })

  incode.plan = () => 'never answered'
  const before = incode.calls.length
  const lost = approve().catch(() => null)
  await expect.poll(() => incode.calls.length).toBeGreaterThan(before)
  await extendLease()
  first.child.kill('SIGKILL')
  await first.ended
  await lost
  incode.plan = () => undefined

  const second = runs.start(settings)
  const waits: (string | null)[] = []
  for (let status = 0; status !== 200; await sleep(20)) {
    const response = await fetch(`${url}/health`).catch(() => null)
    status = response?.status ?? 0
    if (status === 503) waits.push(response?.headers.get('retry-after') ?? null)
  }
  expect(new Set(waits)).toEqual(new Set(['1']))
  expect(await second.ready).toBeNull()
  const repeated = await approve()
  expect([repeated.status, await fieldsOf(repeated)]).toMatchObject([200, { success: true }])
})
