// @module-tag local-only
// It runs the programs of examples/, which are the same for a deployment.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { apiDescription } from '../../../lib/openapi/document.ts'
import { startLatchkey } from '../../support/latchkey.ts'
import { operationsOf, readDocument } from '../../support/openapi/document.ts'

const hasPandas = spawnSync('python3', ['-c', 'import pandas, matplotlib']).status === 0

it.skipIf(!hasPandas)('pandas: plot.py saves a plot', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-examples-'))
  const latchkey = await startLatchkey()
  try {
    const { client_id } = await latchkey.register()
    const now = Date.now() / 1000
    const body = { time: [now - 60, now, now], box: ['lab', 'lab', 'office'], co2: [430, 431, 612] }
    expect((await latchkey.upload(await latchkey.token(client_id), JSON.stringify(body))).status).toBe(200)
    const args = ['examples/pandas/plot.py', latchkey.url, client_id, 'co2', `${folder}/plot.png`]
    await promisify(execFile)('python3', args, { env: { ...process.env, LATCHKEY_TOKEN: latchkey.adminToken } })
    expect(statSync(`${folder}/plot.png`).size).toBeGreaterThan(10_000)
  } finally {
    await latchkey.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

describe.each(['kotlin/Handshake.kt', 'swift/Handshake.swift'])('%s', (file) => {
  const operations = operationsOf(readDocument(JSON.stringify(apiDescription()))).filter(
    ({ path }) => path === '/token',
  )
  const memberNames = (code: string) =>
    [...new Set([...code.matchAll(/"([a-z]+(?:_[a-z]+)*)"(?=: | to )/g)].map(([, name = '']) => name))].toSorted()

  it('sends only documented parameters and redeems the code', () => {
    const code = readFileSync(`examples/${file}`, 'utf8')
    const [start, redeem] = ['GET', 'POST'].map((method) =>
      operations.find((operation) => operation.method.toUpperCase() === method),
    )
    const query = start?.parameters.map(({ name }) => name) ?? []
    const form = JSON.stringify(redeem?.requestBody)
    const names = memberNames(code)
    expect(names).toEqual([
      'client_id',
      'code',
      'code_challenge',
      'code_challenge_method',
      'code_verifier',
      'grant_type',
      'state',
    ])
    for (const name of names) expect(query.includes(name) || form.includes(`"${name}"`)).toBe(true)
    expect(JSON.stringify(redeem?.responses['200'])).toContain('"access_token"')
    expect(code).toContain('access_token')
    expect(code.match(/\/token/g)).toHaveLength(2)
  })
})
