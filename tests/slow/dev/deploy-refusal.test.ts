// @module-tag local-only
// It runs `serverless deploy`, which ends before it calls AWS.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'

const failure = z.object({ code: z.literal(1), stdout: z.string(), stderr: z.string() })

/** Output of a deployment that fails. No credentials are set, and no AWS responds. */
async function deploy(stage: string): Promise<string> {
  const args = ['node_modules/serverless/bin/serverless.js', 'deploy', '--stage', stage]
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }
  const error = await promisify(execFile)(process.execPath, args, { env }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const { stdout, stderr } = failure.parse(error)
  return stdout + stderr
}

const packagedAt = () => statSync('.serverless', { throwIfNoEntry: false })?.mtimeMs
const newStage = () => `s${randomUUID().slice(0, 8)}`

it('rejects a deployment without .env.<stage> before it packages anything', async () => {
  const before = packagedAt()
  const stage = newStage()
  expect(await deploy(stage)).toContain(`.env.${stage} is missing`)
  expect(packagedAt()).toBe(before)
})

it('rejects every mistyped setting in one message before it packages anything', async () => {
  const before = packagedAt()
  const stage = newStage()
  writeFileSync(`.env.${stage}`, 'OSEM_COLUMNS=(\nTOKEN_MINUTE=5\nRESERVE_CONCURRENCY=no\n')
  onTestFinished(() => rmSync(`.env.${stage}`))
  expect((await deploy(stage)).replace(/^\s+/gm, '')).toContain(
    [
      `The settings of ${stage} are invalid:`,
      `- TOKEN_MINUTE in .env.${stage} is not a setting of Latchkey.`,
      '- RESERVE_CONCURRENCY must be true or false.',
      '- OSEM_COLUMNS must be a regular expression.',
    ].join('\n'),
  )
  expect(packagedAt()).toBe(before)
})
