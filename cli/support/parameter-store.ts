import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { awsClientOptions } from './aws-client.ts'

/** GetParameters accepts ten names. */
const BATCH = 10

export interface Parameter {
  value: string
  version: number
  /** UNIX milliseconds. */
  modifiedAt: number
}

export interface PutOptions {
  /** If false, an existing parameter does not change. */
  overwrite: boolean
  /** Public values are stored as `String`. */
  type?: 'SecureString' | 'String'
}

/** The parameters of a deployed stage, under their names without the path. */
export function parameterStore(stage: string) {
  const client = new SSMClient(awsClientOptions())
  const path = `/latchkey/${stage}/`

  /** The existing parameters. Without decryption, their values are ciphertext. */
  async function read(names: readonly string[], WithDecryption = true): Promise<Map<string, Parameter>> {
    const parameters = new Map<string, Parameter>()
    for (let start = 0; start < names.length; start += BATCH) {
      const Names = names.slice(start, start + BATCH).map((name) => path + name)
      const { Parameters = [] } = await client.send(new GetParametersCommand({ Names, WithDecryption }))
      for (const { Name, Value = '', Version = 0, LastModifiedDate } of Parameters) {
        const modifiedAt = LastModifiedDate?.getTime() ?? 0
        if (Name) parameters.set(Name.slice(path.length), { value: Value, version: Version, modifiedAt })
      }
    }
    return parameters
  }

  /** Stores a parameter and returns its version; null if it exists and `overwrite` is false. */
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
          // Free up to 4 kB. A parameter that was once larger rejects the standard tier permanently.
          Tier: 'Intelligent-Tiering',
        }),
      )
      return Version
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ParameterAlreadyExists')) throw error
      // The SDK may retry after a lost response; then our own value is already stored.
      const existing = (await read([name])).get(name)
      return existing?.value === Value ? existing.version : null
    }
  }

  return { read, put }
}

export type ParameterStore = ReturnType<typeof parameterStore>
