/** Schema of `alarmGroup`, a function's property in serverless.yml: which users its failures affect. */
export const ALARM_GROUP_SCHEMA = { type: 'string' }

const PERIOD_S = 300
/** CloudWatch's limit for one alarm. */
const MAX_METRICS = 10
/** Share of a function's time-out that its slowest call may take. */
const NEAR_TIMEOUT = 0.9

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
}

interface Monitoring {
  service: string
  stage: string
  /** By `alarmGroup`. */
  groups: ReadonlyMap<string, readonly MonitoredFunction[]>
  custom: Readonly<Record<string, CustomAlarm>>
}

type Properties = Record<string, unknown>

/**
 * The alarms of a stage, their topic and a dashboard, as CloudFormation resources. Functions are watched by group: an
 * alarm says which users are affected, the dashboard which function it is.
 */
export function monitoring({ service, stage, groups, custom }: Monitoring) {
  const prefix = `${service}-${stage}`
  const alarms: Record<string, Properties> = {
    ServerErrors: {
      ...metricOf('AWS/ApiGateway', '5xx', { ApiId: { Ref: 'HttpApi' } }, 'Sum', PERIOD_S),
      Threshold: 5,
    },
  }
  for (const [group, functions] of groups) {
    const requested = functions.filter(({ scheduled }) => !scheduled)
    alarms[`${group}Errors`] = { Metrics: combined('SUM', functions, prefix, 'Errors', 'Sum'), Threshold: 0 }
    alarms[`${group}Throttled`] = { Metrics: combined('SUM', functions, prefix, 'Throttles', 'Sum'), Threshold: 0 }
    // Scheduled functions stop by themselves before their timeout.
    if (requested.length > 0)
      alarms[`${group}NearTimeout`] = { Metrics: slowest(requested, prefix), Threshold: NEAR_TIMEOUT }
    for (const { name, scheduled } of functions)
      if (scheduled) alarms[`${name.charAt(0).toUpperCase()}${name.slice(1)}Silent`] = silence(`${prefix}-${name}`)
  }
  for (const [name, { metric, over, minutes, statistic = 'Sum' }] of Object.entries(custom))
    alarms[name] = { ...metricOf(prefix, metric, { service }, statistic, minutes * 60), Threshold: over }
  return {
    AlarmTopic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: `${prefix}-alarms` } },
    ...Object.fromEntries(
      Object.entries(alarms).map(([name, properties]) => [`${name}Alarm`, alarm(prefix, name, properties)]),
    ),
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: prefix,
        DashboardBody: { 'Fn::Sub': JSON.stringify(dashboard(prefix, groups, custom)) },
      },
    },
  }
}

const alarm = (prefix: string, name: string, properties: Properties) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: `${prefix}-${name}`,
    AlarmDescription: `docs/operations/runbook.md, ${name}`,
    AlarmActions: [{ Ref: 'AlarmTopic' }],
    OKActions: [{ Ref: 'AlarmTopic' }],
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    ...properties,
  },
})

const dimension = (Name: string, Value: unknown) => ({ Name, Value })

const metricOf = (
  Namespace: string,
  MetricName: string,
  dimensions: Readonly<Record<string, unknown>>,
  Statistic: string,
  Period: number,
) => ({
  Namespace,
  MetricName,
  Dimensions: Object.entries(dimensions).map(([name, value]) => dimension(name, value)),
  Statistic,
  Period,
})

/** One number for all functions of a group: `term` is the expression for one of them. */
function combined(
  operation: 'SUM' | 'MAX',
  functions: readonly MonitoredFunction[],
  prefix: string,
  metric: string,
  Stat: string,
  term = (_function: MonitoredFunction, id: string) => id,
) {
  if (functions.length > MAX_METRICS) throw new Error(`an alarmGroup has more than ${MAX_METRICS} functions`)
  const parts = functions.map(({ name }, index) => ({
    Id: `m${index}`,
    ReturnData: false,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/Lambda',
        MetricName: metric,
        Dimensions: [dimension('FunctionName', `${prefix}-${name}`)],
      },
      Stat,
      Period: PERIOD_S,
    },
  }))
  const terms = functions.map((definition, index) => term(definition, `m${index}`))
  return [...parts, { Id: 'all', Expression: `${operation}([${terms.join(',')}])`, ReturnData: true }]
}

/** The longest call, as a share of its function's timeout. */
const slowest = (functions: readonly MonitoredFunction[], prefix: string) =>
  combined('MAX', functions, prefix, 'Duration', 'Maximum', ({ timeout }, id) => `${id}/${timeout * 1000}`)

/** Fires when a schedule stops starting its function. */
const silence = (functionName: string) => ({
  ...metricOf('AWS/Lambda', 'Invocations', { FunctionName: functionName }, 'Sum', PERIOD_S),
  ComparisonOperator: 'LessThanThreshold',
  Threshold: 1,
  EvaluationPeriods: 2,
  TreatMissingData: 'breaching',
})

function dashboard(prefix: string, groups: Monitoring['groups'], custom: Monitoring['custom']) {
  const api = (metric: string, stat: string): unknown[] => ['AWS/ApiGateway', metric, 'ApiId', '${HttpApi}', { stat }]
  const lambda = (metric: string, functions: readonly MonitoredFunction[], stat: string): unknown[] =>
    functions.map(({ name }) => ['AWS/Lambda', metric, 'FunctionName', `${prefix}-${name}`, { stat, label: name }])
  const widgets: [title: string, metrics: unknown[]][] = [
    ['Requests', [api('Count', 'Sum'), api('4xx', 'Sum'), api('5xx', 'Sum')]],
    ['Response time (ms)', [api('Latency', 'p50'), api('Latency', 'p99')]],
    ...[...groups].flatMap(([group, functions]): [string, unknown[]][] => [
      [`${group}: errors`, lambda('Errors', functions, 'Sum')],
      [`${group}: throttled`, lambda('Throttles', functions, 'Sum')],
      [`${group}: longest call (ms)`, lambda('Duration', functions, 'Maximum')],
    ]),
    ...Object.values(custom).map(({ metric, statistic = 'Sum' }): [string, unknown[]] => [
      metric,
      [[prefix, metric, 'service', 'latchkey', { stat: statistic }]],
    ]),
  ]
  return {
    widgets: widgets.map(([title, metrics], index) => ({
      type: 'metric',
      x: (index % 2) * 12,
      y: Math.floor(index / 2) * 6,
      width: 12,
      height: 6,
      properties: { title, metrics, region: '${AWS::Region}', view: 'timeSeries', period: PERIOD_S },
    })),
  }
}
