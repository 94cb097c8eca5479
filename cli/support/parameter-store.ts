import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { timeBudgets } from '../../lib/core/time-budgets.ts'

/** GetParameters takes ten names at a time. */
const BATCH = 10

export interface Parameter {
  value: string
  version: number
}

export interface PutOptions {
  /** Without it, a parameter that exists is left as it is. */
  overwrite: boolean
  /** What is no secret is kept readable. */
  type?: 'SecureString' | 'String'
}

/** The parameters of a deployed stage, by their names without the path. */
export function parameterStore(stage: string) {
  const client = new SSMClient({
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: timeBudgets.commandConnectMs,
      requestTimeout: timeBudgets.commandResponseMs,
      throwOnRequestTimeout: true,
    },
  })
  const path = `/latchkey/${stage}/`

  /** Those that exist; their values are ciphertext unless they are to be decrypted. */
  async function read(names: readonly string[], WithDecryption = true): Promise<Map<string, Parameter>> {
    const found = new Map<string, Parameter>()
    for (let start = 0; start < names.length; start += BATCH) {
      const Names = names.slice(start, start + BATCH).map((name) => path + name)
      const { Parameters = [] } = await client.send(new GetParametersCommand({ Names, WithDecryption }))
      for (const { Name, Value = '', Version = 0 } of Parameters) {
        if (Name) found.set(Name.slice(path.length), { value: Value, version: Version })
      }
    }
    return found
  }

  /** Writes a parameter and gives the version it has become; null when it exists and is not to be overwritten. */
  async function put(
    name: string,
    Value: string,
    { overwrite, type = 'SecureString' }: PutOptions,
  ): Promise<number | null> {
    try {
      const { Version = 0 } = await client.send(
        new PutParameterCommand({
          Name: path + name,
          Value,
          Type: type,
          Overwrite: overwrite,
          // Free up to 4 kB; a parameter that was larger once would refuse the standard tier for good.
          Tier: 'Intelligent-Tiering',
        }),
      )
      return Version
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ParameterAlreadyExists')) throw error
      // The answer to a write may be lost; sent again, it finds itself there.
      const there = (await read([name])).get(name)
      return there?.value === Value ? there.version : null
    }
  }

  return { read, put }
}

export type ParameterStore = ReturnType<typeof parameterStore>
