import {
  errorRate,
  nearTimeout,
  overlaps,
  serverErrors,
  silence,
  storedUploadsFilter,
  tableAlarms,
  throttleRate,
  tooManyRequests,
  tooManyRequestsFilter,
  uploadsStopped,
} from './alarm-definitions.ts'
import { type Alarms, alarmResources, describedBy, type Resources, type Severity } from './alarm-resource.ts'
import { dashboard } from './dashboard.ts'
import { singleMetric } from './metric-math.ts'

/** Schema of `alarmGroup`, a function's property in serverless.yml: which users its failures affect. */
export const ALARM_GROUP_SCHEMA = { type: 'string' }

/** A deployed function, as far as its alarms need it. */
export interface MonitoredFunction {
  name: string
  /** Seconds. */
  timeout: number
  scheduled: boolean
}

/** An alarm on a metric that Latchkey publishes: it fires above `over` within `minutes`. */
export interface CustomAlarm {
  metric: string
  over: number
  minutes: number
  statistic?: string
  /** Default: `critical`. */
  severity?: Severity
  /** The dimension with the provider, if each provider of webhooks.yml has an alarm of its own too. */
  by?: string
}

export interface Monitoring {
  service: string
  stage: string
  /** By `alarmGroup`. */
  groups: ReadonlyMap<string, readonly MonitoredFunction[]>
  custom: Readonly<Record<string, CustomAlarm>>
  /** The names of the tables, by the names that `permissions` use. */
  tables: Readonly<Record<string, string>>
  indexes: readonly { table: string; index: string }[]
  /** Hours without an upload that are too many; 0 creates no alarm. */
  pauseHours: number
  /** The names in webhooks.yml. */
  webhookProviders: readonly string[]
}

/**
 * The alarms of a stage, their topics and a dashboard, as CloudFormation resources. Functions are watched by group: an
 * alarm says which users are affected, the dashboard which function it is.
 */
export function monitoring(stage: Monitoring): Resources {
  const prefix = `${stage.service}-${stage.stage}`
  const functions = [...stage.groups.values()].flat()
  const critical: Alarms = { ServerErrors: serverErrors }
  const warning: Alarms = { TooManyRequests: tooManyRequests(prefix), ...tableAlarms(stage) }
  for (const [group, members] of stage.groups) {
    const requested = members.filter(({ scheduled }) => !scheduled)
    const urgency = requested.length > 0 ? critical : warning
    urgency[`${group}Errors`] = errorRate(members.map(({ name }) => `${prefix}-${name}`))
    urgency[`${group}Throttled`] = requested.length > 0 ? throttleRate(prefix, requested) : overlaps(prefix, members)
    // Scheduled functions stop by themselves before their timeout.
    if (requested.length > 0) warning[`${group}NearTimeout`] = nearTimeout(prefix, requested)
  }
  if (stage.pauseHours > 0) critical['UploadsStopped'] = uploadsStopped(prefix, stage.pauseHours)
  for (const { name, scheduled } of functions)
    if (scheduled) warning[`${name.charAt(0).toUpperCase()}${name.slice(1)}Silent`] = silence(`${prefix}-${name}`)
  for (const [name, { metric, over, minutes, statistic = 'Sum', severity = 'critical', by }] of Object.entries(
    stage.custom,
  )) {
    const alarms = severity === 'critical' ? critical : warning
    const onMetric = (dimensions: Record<string, string>) => {
      const own = { namespace: prefix, name: metric, dimensions: { service: stage.service, ...dimensions } }
      return { ...singleMetric(own, statistic, minutes * 60), Threshold: over }
    }
    alarms[name] = onMetric({})
    for (const provider of by === undefined ? [] : stage.webhookProviders)
      alarms[`${name}${pascalCase(provider)}`] = { ...onMetric({ [by ?? '']: provider }), ...describedBy(name) }
  }
  return {
    AlarmTopic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: `${prefix}-alarms` } },
    WarningTopic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: `${prefix}-warnings` } },
    TooManyRequestsFilter: tooManyRequestsFilter(prefix),
    ...(stage.pauseHours > 0 && { StoredUploadsFilter: storedUploadsFilter(prefix) }),
    ...alarmResources(prefix, critical, 'critical'),
    ...alarmResources(prefix, warning, 'warning'),
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: prefix,
        DashboardBody: { 'Fn::Sub': JSON.stringify(dashboard(prefix, stage)) },
      },
    },
  }
}

const pascalCase = (name: string): string =>
  name.replace(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase())
