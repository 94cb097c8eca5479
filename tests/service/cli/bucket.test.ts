// @module-tag local-only: it reads the environment of a command
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { useBucket } from '../../../cli/support/bucket.ts'
import { type Stage, startStage } from '../../support/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

it('a command uses the bucket of the account and the region of the tables', async () => {
  vi.stubEnv('FILES_BUCKET', '')
  await useBucket({ stage: stage.stage, json: false })
  expect(process.env['FILES_BUCKET']).toBe(stage.bucket.name)
  const { objectSize, putObject } = await import('../../../lib/files/bucket.ts')
  await putObject('submissions/1', Buffer.from('text'), 'text/plain')
  expect(await objectSize('submissions/1')).toBe(4)
  vi.unstubAllEnvs()
})

it('a command for the local run needs the run', async () => {
  vi.stubEnv('LATCHKEY_FOLDER', '/nowhere')
  await expect(useBucket({ stage: 'local', json: false })).rejects.toThrow('Start Latchkey with npm start')
  vi.unstubAllEnvs()
})
