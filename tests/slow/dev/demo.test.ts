// @module-tag local-only
// These tests start processes of their own.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../dev/free-port.ts'
import { readSecrets } from '../../../dev/secrets-file.ts'
import { localRuns } from '../../support/local-run.ts'
import { fieldsOf, rowsOf } from '../../support/responses.ts'

const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

const DONE = 'Ctrl+C stops the live box.'

describe('npm run demo', () => {
  const runs = localRuns()
  let url: string
  let asAdmin: (path: string) => Promise<Response>
  beforeAll(async () => {
    const PORT = String(await freePort())
    url = `http://localhost:${PORT}`
    expect(await runs.start({ PORT }).ready).toBeNull()
    const authorization = `Bearer ${(await readSecrets(runs.folder))?.ADMIN_TOKEN}`
    asAdmin = (path) => fetch(url + path, { headers: { authorization } })
  })
  afterAll(() => runs.stop())

  const clientOf = (output: string): string => /The client Demo \(([0-9a-f]{32})\)/.exec(output)?.[1] ?? ''
  const rows = async (client: string, source: string) =>
    rowsOf(await asAdmin(`/download?format=json&number=10000&client_id=${client}&source=${source}`))

  it('stores a week of rows, what people do, and a row every second until Ctrl+C', async () => {
    const demo = runs.demo()
    await expect.poll(demo.output, { timeout: 60_000 }).toContain(DONE)
    const client = clientOf(demo.output())
    expect(demo.output()).toMatch(/A submission of a participant: [0-9a-f]{32}\n/)
    expect(demo.output()).toMatch(/An identity session: [0-9a-f]{24}\n/)
    expect(demo.output()).toMatch(/A call of two people, with the PIN: \d{4}\n/)
    expect(demo.output()).toMatch(/http:\/\/localhost:\d+\/download\?source=workshop&from=-15m#share=\S{20,}&live=1\n/)
    const before = (await rows(client, 'workshop')).length
    expect(before).toBeGreaterThanOrEqual(600)
    await expect.poll(async () => (await rows(client, 'workshop')).length).toBeGreaterThan(before)
    demo.child.kill('SIGINT')
    expect(await demo.ended).toBe(0)
    const times = (await rows(client, 'workshop')).map(({ time }) => Number(time))
    expect(times, 'a row for each second, also while people act').toEqual(times.map((_, row) => (times[0] ?? 0) + row))
    const { submissions } = await fieldsOf(await asAdmin(`/submissions?client_id=${client}`))
    expect(submissions).toHaveLength(1)
  })

  it('stores nothing twice when it is repeated', async () => {
    const demo = runs.demo()
    await expect.poll(demo.output, { timeout: 60_000 }).toContain(DONE)
    demo.child.kill('SIGINT')
    expect(await demo.ended).toBe(0)
    const client = clientOf(demo.output())
    for (const box of ['garden', 'workshop']) {
      const times = (await rows(client, box)).map(({ time }) => time)
      expect(times.length).toBeGreaterThan(600)
      expect(new Set(times).size).toBe(times.length)
    }
    const { clients } = await fieldsOf(await asAdmin('/clients'))
    expect(clients).toHaveLength(1)
    expect((await fieldsOf(await asAdmin(`/submissions?client_id=${client}`)))['submissions']).toHaveLength(1)
  })
})

describe('npm run demo without npm start', () => {
  const runs = localRuns()
  afterAll(() => runs.stop())

  it('prints what to do, and exits with 1', async () => {
    const none = runs.demo()
    expect(await none.ended).toBe(1)
    expect(none.output()).toBe('No Latchkey is running here: run npm start in another terminal first.\n')
  })
})

it.skipIf(!hasTerminal)('the key d starts the demo, and stops its live box', async () => {
  const runs = localRuns()
  // A program that opens no page.
  const { child, output, ended } = runs.startOnTerminal({ PORT: String(await freePort()), BROWSER: 'true' })
  await expect.poll(output, { timeout: 30_000 }).toContain('deletes it.')
  child.stdin?.write('d')
  await expect.poll(output, { timeout: 60_000 }).toContain('Press d to stop the live box.')
  child.stdin?.write('d')
  await expect.poll(output).toContain('The live box of the demo is stopped.')
  child.stdin?.write('q')
  expect(await ended).toBe(0)
  runs.stop()
})
