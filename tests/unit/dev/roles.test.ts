import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Permissions, role } from '../../../dev/roles.ts'

const statements = z.array(z.object({ Action: z.array(z.string()), Resource: z.array(z.unknown()) }))

/** The statements of a role about event buses or parameters. */
function statementsOn(service: 'events' | 'ssm', permissions: Permissions, webhooks?: Partial<Webhooks>) {
  const options = { parameterPath: '/latchkey/test', tablePath: 'latchkey-test', tracing: false }
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
