import { spawn } from 'node:child_process'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect, inject } from 'vitest'
import { localAws } from '../../dev/dynamodb.ts'
import { createTables } from '../../dev/tables.ts'
import { readTemplate } from '../../dev/template.ts'
import { latchkeyCommand, startFakeSsm } from './cli.ts'
import { startLatchkey } from './latchkey.ts'

/**
 * A Latchkey whose tables are those of the stage `prod`, so that the command line, a process of its own, works on what
 * is uploaded and downloaded over HTTP. What it sends goes through the same proxy.
 */
export async function startStage(environment: Record<string, string> = {}) {
  const { tables } = await readTemplate(inject('templateFile'))
  const ofStage = (name = '') => name.replace('-local-', '-prod-')
  const names = tables.map(({ TableName = '' }) => TableName)
  const latchkey = await startLatchkey({
    ...Object.fromEntries(names.map((name) => [`${name.split('-').at(-1)?.toUpperCase()}_TABLE`, ofStage(name)])),
    ...environment,
  })
  const aws = localAws(latchkey.database.endpoint)
  const client = new DynamoDBClient({
    endpoint: latchkey.database.endpoint,
    region: aws.AWS_REGION,
    credentials: { accessKeyId: aws.AWS_ACCESS_KEY_ID, secretAccessKey: aws.AWS_SECRET_ACCESS_KEY },
  })
  await createTables(
    client,
    tables.map((table) => ({ ...table, TableName: ofStage(table.TableName) })),
  )
  const ssm = await startFakeSsm()
  const seal = process.env['SEAL_KEY'] ?? ''
  ssm.parameters.set('/latchkey/prod/SEAL_KEY', { value: seal, type: 'SecureString', version: 1 })
  const settings = { ...aws, AWS_ENDPOINT_URL_SSM: ssm.endpoint }

  const command = (...args: string[]) => latchkeyCommand(settings, ...args, '--stage', 'prod')
  return {
    ...latchkey,
    /** The tables, past all functions. */
    tables: client,
    command,
    /** What a command says in JSON; it must succeed. `stderr` is what it may say besides. */
    async json(...args: string[]) {
      const { code, stdout, stderr } = await command(...args, '--json')
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^(?:Note: .+\n)*$/) })
      return JSON.parse(stdout)
    },
    /** Begins a command and ends it by kill -9 as soon as that is so. */
    async killed(isTime: () => boolean, ...args: string[]) {
      const env = { PATH: process.env['PATH'] ?? '', ...settings }
      const child = spawn(process.execPath, ['cli/latchkey.ts', ...args, '--stage', 'prod'], { env })
      const ended = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
      await expect.poll(isTime, { timeout: 60_000 }).toBe(true)
      child.kill('SIGKILL')
      expect(await ended).toBe('SIGKILL')
    },
    async stop() {
      client.destroy()
      ssm.stop()
      await latchkey.stop()
    },
  }
}

export type Stage = Awaited<ReturnType<typeof startStage>>
