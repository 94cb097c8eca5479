import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { describe, expect, it } from 'vitest'
import { ROLLBACK_ALARMS, rollbackOf } from '../../../dev/rollback.ts'
import { SHIFT_ALARMS } from '../../../dev/traffic-shifting.ts'

const arnOf = (name: string) => `arn:aws:cloudwatch:eu-central-1:123456789012:alarm:${name}`

/** A CloudWatch with alarms in these states, by name. It does not send requests. */
function cloudWatch(states: Record<string, string>) {
  const requested: unknown[] = []
  const client = new CloudWatchClient({ region: 'eu-central-1' })
  client.middlewareStack.add(
    () => async (args) => {
      requested.push(args.input)
      const MetricAlarms = Object.entries(states).map(([AlarmName, StateValue]) => ({
        AlarmName,
        AlarmArn: arnOf(AlarmName),
        StateValue,
      }))
      return { output: { $metadata: {}, MetricAlarms }, response: {} }
    },
    { step: 'initialize' },
  )
  return { client, requested }
}

const trigger = (name: string) => ({ Arn: arnOf(name), Type: 'AWS::CloudWatch::Alarm' })
const OFF = { MonitoringTimeInMinutes: 0, RollbackTriggers: [] }

describe('the rollback of a deployment', () => {
  it('is by the alarms of the deployed stage', async () => {
    const states = { 'latchkey-prod-ServerErrors': 'OK', 'latchkey-prod-TokenErrors': 'INSUFFICIENT_DATA' }
    const { client, requested } = cloudWatch({ ...states, 'latchkey-prod-UploadLiveErrors': 'OK' })
    expect(await rollbackOf(client, 'latchkey-prod', 10)).toEqual({
      configuration: { MonitoringTimeInMinutes: 10, RollbackTriggers: Object.keys(states).map(trigger) },
      ignoredAlarms: [],
      notices: ['Alarms that can roll this deployment back, until 10 minutes after its last change: 2.'],
    })
    const AlarmNames = [...ROLLBACK_ALARMS, ...SHIFT_ALARMS].map((name) => `latchkey-prod-${name}`)
    expect(requested).toEqual([{ AlarmNames, AlarmTypes: ['MetricAlarm'] }])
  })

  it('is off for the first deployment, which has no alarms yet', async () => {
    const rollback = await rollbackOf(cloudWatch({}).client, 'latchkey-prod', 10)
    expect(rollback).toEqual({ configuration: OFF, ignoredAlarms: [], notices: [] })
  })

  it('ignores an alarm that is firing already, because the deployment may fix its cause', async () => {
    const ignored = 'latchkey-prod-ServerErrors is firing already: this deployment ignores it.'
    const one = { 'latchkey-prod-ServerErrors': 'ALARM' }
    expect(await rollbackOf(cloudWatch(one).client, 'latchkey-prod', 10)).toEqual({
      configuration: OFF,
      ignoredAlarms: ['ServerErrors'],
      notices: [ignored],
    })
    const { client } = cloudWatch({
      ...one,
      'latchkey-prod-TokenErrors': 'OK',
      'latchkey-prod-UploadLiveErrors': 'ALARM',
    })
    expect(await rollbackOf(client, 'latchkey-prod', 5)).toMatchObject({
      configuration: { MonitoringTimeInMinutes: 5, RollbackTriggers: [trigger('latchkey-prod-TokenErrors')] },
      ignoredAlarms: ['ServerErrors', 'UploadLiveErrors'],
      notices: [ignored, expect.stringContaining('UploadLiveErrors'), expect.stringMatching(/: 1\.$/)],
    })
  })

  it('is off with ROLLBACK_MINUTES=0, which also removes the triggers of the previous deployment', async () => {
    const { client, requested } = cloudWatch({ 'latchkey-prod-ServerErrors': 'OK' })
    expect(await rollbackOf(client, 'latchkey-prod', 0)).toEqual({
      configuration: OFF,
      ignoredAlarms: [...ROLLBACK_ALARMS, ...SHIFT_ALARMS],
      notices: [],
    })
    expect(requested).toEqual([])
  })
})
