import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import { SHIFT_ALARMS } from './traffic-shifting.ts'

/** Alarms that roll a deployment back. CloudFormation accepts five; ServerErrors includes the groups that are not here. */
export const ROLLBACK_ALARMS = ['ServerErrors', 'TokenErrors', 'MeasurementErrors', 'IdentityErrors', 'ScheduleErrors']

/** CloudFormation's `RollbackConfiguration`. */
interface RollbackConfiguration {
  MonitoringTimeInMinutes: number
  RollbackTriggers: { Arn: string; Type: 'AWS::CloudWatch::Alarm' }[]
}

export interface Rollback {
  configuration: RollbackConfiguration
  /** Alarms that must not stop the deployment, without the prefix of the stage. */
  ignoredAlarms: string[]
  /** Lines for the operator. */
  notices: string[]
}

/** Without a list, CloudFormation would use the triggers of the previous deployment. */
const OFF: RollbackConfiguration = { MonitoringTimeInMinutes: 0, RollbackTriggers: [] }
const ALARMS = [...ROLLBACK_ALARMS, ...SHIFT_ALARMS]

/**
 * The alarms of a deployed stage that roll its next deployment back, while it runs and `minutes` afterwards. CloudFormation
 * fails if an alarm is missing, so that the first deployment has none. An alarm that is firing already would stop every
 * deployment, also the one that fixes its cause: it is ignored.
 */
export async function rollbackOf(client: CloudWatchClient, prefix: string, minutes: number): Promise<Rollback> {
  if (minutes === 0) return { configuration: OFF, ignoredAlarms: ALARMS, notices: [] }
  const AlarmNames = ALARMS.map((name) => `${prefix}-${name}`)
  const { MetricAlarms = [] } = await client.send(
    new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm'] }),
  )
  const alarms = MetricAlarms.map(({ AlarmName = '', AlarmArn = '', StateValue }) => ({
    name: AlarmName.slice(prefix.length + 1),
    arn: AlarmArn,
    isFiring: StateValue === 'ALARM',
  }))
  const ignoredAlarms = alarms.filter(({ isFiring }) => isFiring).map(({ name }) => name)
  const triggers = alarms
    .filter(({ name, isFiring }) => ROLLBACK_ALARMS.includes(name) && !isFiring)
    .map(({ arn }) => ({ Arn: arn, Type: 'AWS::CloudWatch::Alarm' as const }))
  const notices = ignoredAlarms.map((name) => `${prefix}-${name} is firing already: this deployment ignores it.`)
  if (triggers.length === 0) return { configuration: OFF, ignoredAlarms, notices }
  return {
    configuration: { MonitoringTimeInMinutes: minutes, RollbackTriggers: triggers },
    ignoredAlarms,
    notices: [
      ...notices,
      `Alarms that can roll this deployment back, until ${minutes} minutes after its last change: ${triggers.length}.`,
    ],
  }
}
