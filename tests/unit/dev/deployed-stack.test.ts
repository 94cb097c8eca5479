import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { describe, expect, it } from 'vitest'
import {
  deployedStack,
  reservationError,
  reservedBy,
  type StackFunction,
  settingChanges,
  stackFunctions,
} from '../../../dev/deployed-stack.ts'

const lambda = (FunctionName: string, Variables: object, more: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { FunctionName, Environment: { Variables }, ...more },
})

const TEMPLATE = {
  Resources: {
    Upload: lambda('latchkey-prod-upload', { TOKEN_MINUTES: '90', OSEM_NAME: '' }),
    Start: lambda('latchkey-prod-start', { TOKEN_MINUTES: '90' }, { ReservedConcurrentExecutions: 20 }),
    Bucket: { Type: 'AWS::S3::Bucket' },
  },
}

/** A CloudFormation whose stacks are `templates`. It does not send requests. */
function cloudFormation(templates: Record<string, string>): CloudFormationClient {
  const client = new CloudFormationClient({ region: 'eu-central-1' })
  client.middlewareStack.add(
    () => async (args) => {
      const name = 'StackName' in args.input ? String(args.input.StackName) : ''
      const TemplateBody = templates[name]
      if (TemplateBody === undefined) throw new Error(`Stack with id ${name} does not exist`)
      return { output: { $metadata: {}, TemplateBody }, response: {} }
    },
    { step: 'initialize' },
  )
  return client
}

describe('the deployed stack', () => {
  it('has the functions of its template, with their environment and reservation', async () => {
    const client = cloudFormation({ 'latchkey-prod': JSON.stringify(TEMPLATE) })
    expect(await deployedStack(client, 'latchkey-prod')).toEqual([
      { name: 'latchkey-prod-upload', reserved: 0, environment: { TOKEN_MINUTES: '90', OSEM_NAME: '' } },
      { name: 'latchkey-prod-start', reserved: 20, environment: { TOKEN_MINUTES: '90' } },
    ])
  })

  it('has no functions before the first deployment', async () => {
    expect(await deployedStack(cloudFormation({}), 'latchkey-prod')).toEqual([])
    expect(stackFunctions({ Resources: {} })).toEqual([])
  })

  it('is an error if it cannot be read', async () => {
    await expect(deployedStack(cloudFormation({ 'latchkey-prod': '{' }), 'latchkey-prod')).rejects.toThrow(SyntaxError)
  })
})

describe('the changes of settings', () => {
  const stack = (environment: Record<string, unknown>): StackFunction[] => [
    { name: 'upload', reserved: 0, environment },
  ]

  it('are listed with the value before and after', () => {
    const before = stack({ TOKEN_MINUTES: '90', OSEM_NAME: 'x', OSEM_BOXES: '', OSEM_UPLOAD: 'true', VERSION: '1.0.0' })
    const after = stack({ TOKEN_MINUTES: '30', OSEM_NAME: '', OSEM_BOXES: 'a', OSEM_UPLOAD: 'true', VERSION: '1.1.0' })
    expect(settingChanges(before, after)).toEqual([
      'TOKEN_MINUTES: 90 -> 30',
      'OSEM_NAME: x -> (default)',
      'OSEM_BOXES: (default) -> a',
    ])
  })

  it('are not listed in a first deployment, or where functions start or stop reading a setting', () => {
    expect(settingChanges([], stack({ TOKEN_MINUTES: '30' }))).toEqual([])
    expect(settingChanges(stack({ OSEM_NAME: 'x' }), stack({ TOKEN_MINUTES: '30' }))).toEqual([])
  })
})

describe('reserved concurrency', () => {
  it.each([
    [203, 0, null],
    [100, 103, null],
    [150, 53, null],
    [202, 0, 'This account can reserve 102 executions, and the stage needs 103.'],
    [10, 0, 'This account can reserve 0 executions, and the stage needs 103.'],
  ])(
    'of a stage leaves 100 executions of the account: %i free, %i already reserved',
    (unreserved, already, message) => {
      const cure = ' Set RESERVE_CONCURRENCY=false, or request a higher quota of concurrent executions.'
      expect(reservationError(unreserved, already, 103)).toBe(message === null ? null : message + cure)
    },
  )

  it('is the sum over the functions', () => {
    expect(reservedBy([{ reserved: 20 }, { reserved: 0 }, { reserved: 1 }])).toBe(21)
  })
})
