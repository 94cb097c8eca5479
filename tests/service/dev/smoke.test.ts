// @module-tag local-only
// The smoke test runs against a deployment itself; the rehearsal does that.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Target } from '../../../dev/smoke/check.ts'
import { CHECKS, runChecks } from '../../../dev/smoke.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let target: Target
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(() => {
  const { url, adminToken } = latchkey
  target = { place: 'local', stage: 'local', url, adminToken, origin: 'https://app.example', column: 'co2' }
})

async function smoke() {
  const lines: string[] = []
  const failures = await runChecks(target, (line) => lines.push(line))
  return { failures, lines, failed: lines.filter((line) => line.startsWith('FAIL')) }
}

it('passes, prints a line for each check but no secret, and leaves no data', async () => {
  latchkey.database.commands.length = 0
  const { failures, lines, failed } = await smoke()
  expect({ failures, failed }).toEqual({ failures: 0, failed: [] })
  expect(lines.toSorted().map((line) => line.slice(6).split(': ')[0])).toEqual(
    expect.arrayContaining(CHECKS.map(({ title }) => title)),
  )
  expect(lines).toHaveLength(CHECKS.length)
  expect(lines.join()).not.toMatch(/eyJ|[0-9a-f]{32}/)
  expect(lines.join()).not.toContain(target.adminToken)
  expect(latchkey.database.commands.filter((command) => command.includes('Scan'))).toEqual([])
  const { clients } = await import('../../../lib/clients/store-admin.ts').then(async ({ listClients }) => ({
    clients: await listClients(),
  }))
  expect(clients).toEqual([])
})

it('names what it observed, and the checks that another one prevents', async () => {
  target.adminToken = 'wrong'
  const { failures, failed } = await smoke()
  expect(failures).toBe(failed.length)
  expect(failed).toContainEqual(
    'FAIL  secrets can be read, and a client is registered: `200` with a `client_id`. Observed: status 401, "code":"credentials_invalid"',
  )
  expect(failed).toContainEqual(
    expect.stringContaining('nothing, because the check “secrets can be read, and a client is registered” failed'),
  )
})

it('fails with the cause if nothing responds', async () => {
  target.url = 'http://127.0.0.1:9'
  const { failed } = await smoke()
  expect(failed.length).toBeGreaterThan(15)
  expect(failed[0]).toMatch(/fetch failed, (?:connect ECONNREFUSED|bad port)/)
})

it('is described in docs/operations/first-deployment.md', () => {
  const where = { aws: 'AWS', emulator: 'emulator', local: 'local' }
  const rows = CHECKS.map(({ title, expected, places = ['aws', 'emulator', 'local'] as const }) => {
    return `| ${title} | ${expected} | ${places.map((place) => where[place]).join(', ')} |`
  })
  const [, section = ''] = readFileSync('docs/operations/first-deployment.md', 'utf8').split(
    /^## (?=What the smoke test checks|Steps for a person)/m,
  )
  expect(section.split('\n').filter((line) => /^\| (?!check \|)/.test(line))).toEqual(rows)
})
