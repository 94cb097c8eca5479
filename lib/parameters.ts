import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm'

/** GetParameters takes ten names at a time. */
const BATCH = 10

let client: SSMClient | undefined

/**
 * Reads secrets from SSM Parameter Store, `<PARAMETER_PATH>/<name>`, decrypted. A parameter that does not exist is
 * absent from the answer. Without `PARAMETER_PATH`, as in the local run, there is no store to read and all are absent.
 */
export async function readParameters(names: readonly string[]): Promise<Map<string, string>> {
  const path = process.env['PARAMETER_PATH']
  const found = new Map<string, string>()
  if (!path || names.length === 0) return found
  client ??= new SSMClient({ maxAttempts: 4 })
  for (let start = 0; start < names.length; start += BATCH) {
    const Names = names.slice(start, start + BATCH).map((name) => `${path}/${name}`)
    const { Parameters = [] } = await client.send(new GetParametersCommand({ Names, WithDecryption: true }))
    for (const { Name, Value } of Parameters) if (Name && Value) found.set(Name.slice(path.length + 1), Value)
  }
  return found
}
