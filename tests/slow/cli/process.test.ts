// @module-tag local-only
// The command line works on tables and parameters of its own.
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Stage, startStage } from '../../support/stage.ts'

/** The command line in a separate process. All other tests call its `main`. */
let stage: Stage
let folder: string
beforeAll(async () => {
  stage = await startStage()
  folder = mkdtempSync(join(tmpdir(), 'latchkey-process-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await stage.stop()
})

const environment = () => ({ PATH: process.env['PATH'] ?? '', ...stage.settings })
const npm = (...args: string[]) =>
  promisify(execFile)('npm', ['run', '--silent', 'latchkey', '--', ...args], { env: environment() })

describe('the command line as a process', () => {
  it('prints the result and exits with 0 when started by npm', async () => {
    const { client_id } = await stage.register({ name: 'App' })
    const { stdout, stderr } = await npm('clients', 'show', client_id, '--stage', stage.stage, '--json')
    expect(JSON.parse(stdout)).toMatchObject({ client_id, name: 'App' })
    expect(stderr).toBe('')
  })

  it('prints the error on stderr and exits with 1', async () => {
    await expect(npm('clients', 'show', 'none', '--stage', stage.stage)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'There is no such client: clients list shows all of them.\n',
    })
  })

  it('continues an import after SIGKILL, and stores every row once', async () => {
    const { client_id } = await stage.register()
    const path = join(folder, 'co2.sqlite')
    const database = new DatabaseSync(path)
    database.exec('CREATE TABLE data (time_upload_utc DATETIME, matched_checksums TEXT, failed_checksums TEXT, box, n)')
    const insert = database.prepare('INSERT INTO data (time_upload_utc, box, n) VALUES (?, ?, ?)')
    const add = (n: number) => insert.run(new Date(n * 60_000).toISOString(), `box ${Math.floor(n / 2)}`, n)
    for (let n = 0; n < 400; n += 1) add(n)
    let stored = 0
    stage.database.plan = (command, body) => {
      if (command !== 'PutItem' || !body.includes('"time_column"')) return undefined
      stored += 1
      return stored > 100 ? 'never answered' : undefined
    }
    const args = ['import', 'co2logserver', path, '--client', client_id]
    const child = spawn(process.execPath, ['cli/latchkey.ts', ...args, '--stage', stage.stage], { env: environment() })
    const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
    await expect.poll(() => stored > 100).toBe(true)
    child.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    stage.database.plan = () => undefined

    // A new row at the end does not prevent this.
    add(400)
    database.close()
    const puts = () => stage.database.commands.filter((command) => command === 'PutItem').length
    const before = puts()
    const { rows_stored, blocks_new, blocks_there } = await stage.json(...args)
    expect({ rows_stored, blocks: blocks_new + blocks_there }).toEqual({ rows_stored: 401, blocks: 201 })
    expect(blocks_there).toBeGreaterThanOrEqual(64)
    // At least 64 blocks were recorded as stored, and are not sent again.
    expect(puts() - before).toBeLessThan(201 - 64 + 10)
    const rows = await stage.rows(client_id)
    expect(rows.map(({ n }) => Number(n)).toSorted((a, b) => a - b)).toEqual([...Array(401).keys()])
  })
})
