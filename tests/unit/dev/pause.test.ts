import { LambdaClient } from '@aws-sdk/client-lambda'
import { expect, it } from 'vitest'
import { setPaused } from '../../../dev/pause.ts'

const FUNCTIONS = [
  { name: 'upload', reserved: 0, environment: {} },
  { name: 'start', reserved: 20, environment: {} },
]

/** The requests that a Lambda API gets, without their metadata. */
async function requests(resume: boolean): Promise<unknown[]> {
  const inputs: unknown[] = []
  const client = new LambdaClient({ region: 'eu-central-1' })
  client.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => {
        inputs.push([commandName, input])
        return { output: { $metadata: {} }, response: {} }
      },
    { step: 'initialize' },
  )
  await setPaused(client, FUNCTIONS, resume)
  return inputs
}

it('a pause reserves no execution for any function', async () => {
  expect(await requests(false)).toEqual([
    ['PutFunctionConcurrencyCommand', { FunctionName: 'upload', ReservedConcurrentExecutions: 0 }],
    ['PutFunctionConcurrencyCommand', { FunctionName: 'start', ReservedConcurrentExecutions: 0 }],
  ])
})

it('the end of a pause restores the reservations of the template', async () => {
  expect(await requests(true)).toEqual([
    ['DeleteFunctionConcurrencyCommand', { FunctionName: 'upload' }],
    ['PutFunctionConcurrencyCommand', { FunctionName: 'start', ReservedConcurrentExecutions: 20 }],
  ])
})
