import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect } from 'vitest'
import { localAws } from '../../dev/dynamodb.ts'
import { latchkeyCommand, startFakeSsm } from './cli.ts'
import { newStage, startLatchkey } from './latchkey.ts'
import { setTimeBudgets } from './time-budgets.ts'

/**
 * A Latchkey whose tables are those of a stage of its own, so that the command line, a process of its own, works on what
 * is uploaded and downloaded over HTTP. What it sends goes through the same proxy.
 */
export async function startStage(environment: Record<string, string> = {}) {
  const stage = newStage()
  const latchkey = await startLatchkey(environment, stage)
  const aws = localAws(latchkey.database.endpoint)
  const client = new DynamoDBClient({
    endpoint: latchkey.database.endpoint,
    region: aws.AWS_REGION,
    credentials: { accessKeyId: aws.AWS_ACCESS_KEY_ID, secretAccessKey: aws.AWS_SECRET_ACCESS_KEY },
  })
  const ssm = await startFakeSsm()
  const seal = process.env['SEAL_KEY'] ?? ''
  ssm.parameters.set(`/latchkey/${stage}/SEAL_KEY`, { value: seal, type: 'SecureString', version: 1 })
  const settings = { ...aws, AWS_ENDPOINT_URL_SSM: ssm.endpoint }

  const command = (...args: string[]) => latchkeyCommand(settings, [...args, '--stage', stage])
  return {
    ...latchkey,
    /** Its name. */
    stage,
    /** The name of one of its tables, such as `tokens`. */
    table: (name: string) => `latchkey-${stage}-${name}`,
    /** The environment in which AWS's libraries find the stage. */
    settings,
    /** The tables, past all functions. */
    tables: client,
    command,
    /** What a command says in JSON; it must succeed. `stderr` is what it may say besides. */
    async json(...args: string[]) {
      const { code, stdout, stderr } = await command(...args, '--json')
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^(?:Note: .+\n)*$/) })
      return JSON.parse(stdout)
    },
    /**
     * Runs a command that loses its tables from the first command to them on that `when` picks: it fails. What it has
     * done by then is there, and nothing else, as after a crash.
     */
    async cutOff(when: (command: string, body: string) => boolean, ...args: string[]) {
      setTimeBudgets({ databaseBackoffMs: 1 })
      let lost = false
      latchkey.database.plan = (command, body) => {
        lost ||= when(command, body)
        return lost ? 'failing' : undefined
      }
      expect((await command(...args)).code).toBe(1)
      expect(lost).toBe(true)
      latchkey.database.plan = () => undefined
    },
    async stop() {
      client.destroy()
      ssm.stop()
      await latchkey.stop()
    },
  }
}

export type Stage = Awaited<ReturnType<typeof startStage>>
