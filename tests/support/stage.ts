import { expect } from 'vitest'
import { databaseClient, localAws } from '../../dev/dynamodb.ts'
import { latchkeyCommand, startFakeSsm } from './cli.ts'
import { startFakeAws } from './fake-aws.ts'
import { newStage, startLatchkey } from './latchkey.ts'
import { setTimeBudgets } from './time-budgets.ts'

/**
 * An instance with the tables of its own stage. The command line, a separate process, uses the same data as HTTP
 * clients, and the same proxy.
 */
export async function startStage(environment: Record<string, string> = {}) {
  const stage = newStage()
  const latchkey = await startLatchkey(environment, stage)
  const client = databaseClient(latchkey.database)
  const ssm = await startFakeSsm()
  const seal = process.env['SEAL_KEY'] ?? ''
  ssm.parameters.set(`/latchkey/${stage}/SEAL_KEY`, { value: seal, type: 'SecureString', version: 1 })
  const aws = await startFakeAws()
  const endpoints = { AWS_ENDPOINT_URL_SSM: ssm.endpoint, AWS_ENDPOINT_URL_S3: latchkey.url }
  const settings = { ...localAws(latchkey.database), ...aws.settings, ...endpoints }

  const command = (...args: string[]) => latchkeyCommand(settings, [...args, '--stage', stage])
  return {
    ...latchkey,
    /** Its Parameter Store. The functions have their settings from the environment. */
    ssm,
    /** Name of the stage. */
    stage,
    /** The name of one of its tables, such as `tokens`. */
    table: (name: string) => `latchkey-${stage}-${name}`,
    /** The environment in which the AWS SDK finds the stage. */
    settings,
    /** Its functions and logs. */
    aws,
    /** Direct access to the tables, without the functions. */
    tables: client,
    command,
    /** The JSON output of a command that must succeed. `stderr` may contain only notes. */
    async json(...args: string[]) {
      const { code, stdout, stderr } = await command(...args, '--json')
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^(?:Note: .+\n)*$/) })
      return JSON.parse(stdout)
    },
    /**
     * Runs a command whose database fails from the first request that `when` selects, so that the command fails. Its
     * earlier changes remain, as after a crash.
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
      aws.stop()
      await latchkey.stop()
    },
  }
}

export type Stage = Awaited<ReturnType<typeof startStage>>
