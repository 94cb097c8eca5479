import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb'
import { NotFound, S3Client } from '@aws-sdk/client-s3'

type Responses = Readonly<Record<string, object | Error | ((input: Readonly<Record<string, unknown>>) => object)>>
interface Call {
  command: string
  input: Readonly<Record<string, unknown>>
}

/** Responds to each command, such as `DescribeStacks`, and records it. Sends no requests. */
const responder =
  (responses: Responses, calls: Call[]) =>
  (_next: unknown, { commandName = '' }: { commandName?: string }) =>
  async (args: { input: object }) => {
    const command = commandName.replace(/Command$/, '')
    const input = { ...args.input }
    calls.push({ command, input })
    const response = responses[command] ?? {}
    if (response instanceof Error) throw response
    const output = typeof response === 'function' ? response(input) : response
    return { output: { $metadata: {}, ...output }, response: {} }
  }

/** A CloudFormation with a response for each command. */
export function fakeCloudFormation(responses: Responses) {
  const client = new CloudFormationClient({ region: 'eu-central-1' })
  const calls: Call[] = []
  client.middlewareStack.add(responder(responses, calls), { step: 'initialize' })
  return { client, calls, commands: () => calls.map(({ command }) => command) }
}

/** A DynamoDB with a response for each command. */
export function fakeDynamodb(responses: Responses): DynamoDBClient {
  const client = new DynamoDBClient({ region: 'eu-central-1' })
  client.middlewareStack.add(responder(responses, []), { step: 'initialize' })
  return client
}

/** An S3 with a response for each command. */
export function fakeS3(responses: Responses): S3Client {
  const client = new S3Client({ region: 'eu-central-1' })
  client.middlewareStack.add(responder(responses, []), { step: 'initialize' })
  return client
}

export const missingStack = (name: string) => new Error(`Stack with id ${name} does not exist`)
export const missingBucket = new NotFound({ message: 'no such bucket', $metadata: {} })
export const missingTable = new ResourceNotFoundException({ message: 'no such table', $metadata: {} })
