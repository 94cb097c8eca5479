import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Permissions, role } from '../../../dev/roles.ts'

const statements = z.array(
  z.object({ Action: z.array(z.string()), Resource: z.array(z.unknown()), Condition: z.unknown().optional() }),
)

/** The statements of a role about a service. */
function statementsOn(
  service: 'events' | 'ssm' | 's3' | 'lambda',
  permissions: Permissions,
  webhooks?: Partial<Webhooks>,
) {
  const options = {
    parameterPath: '/latchkey/test',
    tablePath: 'latchkey-test',
    bucket: 'latchkey-test-files',
    functionPrefix: 'latchkey-test-',
    tracing: false,
  }
  const all = { buses: [], secrets: [], targetSecrets: [], ...webhooks }
  const { Properties } = role('receiveWebhook', permissions, { ...options, ...(webhooks && { webhooks: all }) })
  return Properties.Policies.flatMap(({ PolicyDocument }) => statements.parse(PolicyDocument.Statement)).filter(
    ({ Action }) => Action.some((action) => action.startsWith(`${service}:`)),
  )
}

type Webhooks = Record<'buses' | 'secrets' | 'targetSecrets', string[]>

const arn = (name: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:events:\${AWS::Region}:\${AWS::AccountId}:event-bus/${name}`,
})

describe('the permission buses', () => {
  it('allows to put events on each bus of webhooks.yml, and on no other', () => {
    expect(statementsOn('events', { buses: ['PutEvents'] }, { buses: ['default', 'team/orders', 'default'] })).toEqual([
      { Action: ['events:PutEvents'], Resource: [arn('default'), arn('team/orders')] },
    ])
  })

  it.each([[{ buses: [] }], [undefined]])('makes no statement if webhooks.yml has %j', (webhooks) => {
    expect(statementsOn('events', { buses: ['PutEvents'] }, webhooks)).toEqual([])
  })

  it('is not given to other functions', () => {
    expect(statementsOn('events', { sessions: ['GetItem'] }, { buses: ['default'] })).toEqual([])
  })
})

describe('the permission parameters', () => {
  const webhooks = { secrets: ['WEBHOOK_A', 'WEBHOOK_B'], targetSecrets: ['WEBHOOK_TARGET_A'] }
  const path = (name: string) => ({ 'Fn::Sub': `/latchkey/test/${name}` })

  it('allows to read the secrets of webhooks.yml by their names, and no others', () => {
    expect(statementsOn('ssm', { parameters: ['SEAL_KEY', 'WEBHOOK_*'] }, webhooks)).toEqual([
      { Action: ['ssm:GetParameters'], Resource: [path('SEAL_KEY'), path('WEBHOOK_A'), path('WEBHOOK_B')] },
    ])
    expect(statementsOn('ssm', { parameters: ['WEBHOOK_TARGET_*'] }, webhooks)).toEqual([
      { Action: ['ssm:GetParameters'], Resource: [path('WEBHOOK_TARGET_A')] },
    ])
  })

  it('makes no statement if webhooks.yml has no secrets', () => {
    expect(statementsOn('ssm', { parameters: ['WEBHOOK_*', 'WEBHOOK_TARGET_*'] })).toEqual([])
  })
})

describe('the permissions files and functions', () => {
  const bucket = `arn:\${AWS::Partition}:s3:::latchkey-test-files`
  const on = (path: string) => ({ 'Fn::Sub': `${bucket}${path}` })

  it('allow actions on the objects of each folder, and to list its keys', () => {
    const files = {
      measurements: ['PutObject', 'ListBucket'],
      submissions: ['PutObject', 'ListBucket'],
      exports: ['GetObject'],
    }
    expect(statementsOn('s3', { files })).toMatchObject([
      { Action: ['s3:PutObject'], Resource: [on('/measurements/*'), on('/submissions/*')] },
      { Action: ['s3:GetObject'], Resource: [on('/exports/*')] },
      {
        Action: ['s3:ListBucket'],
        Resource: [on('')],
        Condition: { StringLike: { 's3:prefix': ['measurements/*', 'submissions/*'] } },
      },
    ])
    expect(statementsOn('s3', { files: { exports: ['ListBucket'] } })).toHaveLength(1)
    expect(statementsOn('s3', { sessions: ['GetItem'] })).toEqual([])
  })

  it('allow to call the functions that are named', () => {
    expect(statementsOn('lambda', { functions: ['processFiles'] })).toMatchObject([
      {
        Action: ['lambda:InvokeFunction'],
        Resource: [
          {
            'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:latchkey-test-processFiles`,
          },
        ],
      },
    ])
    expect(statementsOn('lambda', {})).toEqual([])
  })
})
