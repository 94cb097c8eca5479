/** Properties of a function in serverless.yml: whom it serves, for its alarms. */
export const AREA = { type: 'string' }

const PERIOD_S = 300
/** That CloudWatch takes in one alarm. */
const MOST_METRICS = 10
/** Share of a function's time-out that its slowest call may take. */
const NEAR_TIMEOUT = 0.9

/**
 * The alarms of a stage, their topic and a dashboard. Functions are watched by area: an alarm says who is hurt, and the
 * dashboard which function it is. `own` are metrics of our own: more of one than
 * `over` in so many minutes is too much.
 * @param {{ service: string, stage: string, areas: Map<string, { name: string, timeout: number, scheduled: boolean }[]>,
 *   own: Record<string, { metric: string, over: number, minutes: number, statistic?: string }> }} what
 */
export function monitoring({ service, stage, areas, own }) {
  const prefix = `${service}-${stage}`
  const watched = {
    ServerErrors: {
      ...metricOf('AWS/ApiGateway', '5xx', { ApiId: { Ref: 'HttpApi' } }, 'Sum', PERIOD_S),
      Threshold: 5,
    },
  }
  for (const [area, functions] of areas) {
    const asked = functions.filter(({ scheduled }) => !scheduled)
    watched[`${area}Errors`] = { Metrics: together('SUM', functions, prefix, 'Errors', 'Sum'), Threshold: 0 }
    watched[`${area}Throttled`] = { Metrics: together('SUM', functions, prefix, 'Throttles', 'Sum'), Threshold: 0 }
    // What a schedule begins ends by itself in time.
    if (asked.length > 0) watched[`${area}NearTimeout`] = { Metrics: slowest(asked, prefix), Threshold: NEAR_TIMEOUT }
    for (const { name, scheduled } of functions)
      if (scheduled) watched[`${name[0].toUpperCase()}${name.slice(1)}Silent`] = silence(`${prefix}-${name}`)
  }
  for (const [name, { metric, over, minutes, statistic = 'Sum' }] of Object.entries(own))
    watched[name] = { ...metricOf(prefix, metric, { service }, statistic, minutes * 60), Threshold: over }
  return {
    AlarmTopic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: `${prefix}-alarms` } },
    ...Object.fromEntries(
      Object.entries(watched).map(([name, properties]) => [`${name}Alarm`, alarm(prefix, name, properties)]),
    ),
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        DashboardName: prefix,
        DashboardBody: { 'Fn::Sub': JSON.stringify(dashboard(prefix, areas, own)) },
      },
    },
  }
}

const alarm = (prefix, name, properties) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: `${prefix}-${name}`,
    AlarmDescription: `docs/runbook.md, ${name}`,
    AlarmActions: [{ Ref: 'AlarmTopic' }],
    OKActions: [{ Ref: 'AlarmTopic' }],
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    ...properties,
  },
})

const named = (Name, Value) => ({ Name, Value })

const metricOf = (Namespace, MetricName, dimensions, Statistic, Period) => ({
  Namespace,
  MetricName,
  Dimensions: Object.entries(dimensions).map(([name, value]) => named(name, value)),
  Statistic,
  Period,
})

/** One figure for all functions of an area: `term` is what each counts for. */
function together(whole, functions, prefix, metric, Stat, term = (_, id) => id) {
  if (functions.length > MOST_METRICS) throw new Error(`an area has more than ${MOST_METRICS} functions`)
  const parts = functions.map(({ name }, index) => ({
    Id: `m${index}`,
    ReturnData: false,
    MetricStat: {
      Metric: { Namespace: 'AWS/Lambda', MetricName: metric, Dimensions: [named('FunctionName', `${prefix}-${name}`)] },
      Stat,
      Period: PERIOD_S,
    },
  }))
  const terms = functions.map((each, index) => term(each, `m${index}`))
  return [...parts, { Id: 'all', Expression: `${whole}([${terms.join(',')}])`, ReturnData: true }]
}

/** The longest call, as a share of the time-out of its function. */
const slowest = (functions, prefix) =>
  together('MAX', functions, prefix, 'Duration', 'Maximum', ({ timeout }, id) => `${id}/${timeout * 1000}`)

/** A schedule that does not begin its function any more. */
const silence = (functionName) => ({
  ...metricOf('AWS/Lambda', 'Invocations', { FunctionName: functionName }, 'Sum', PERIOD_S),
  ComparisonOperator: 'LessThanThreshold',
  Threshold: 1,
  EvaluationPeriods: 2,
  TreatMissingData: 'breaching',
})

function dashboard(prefix, areas, own) {
  const api = (metric, stat) => ['AWS/ApiGateway', metric, 'ApiId', '${HttpApi}', { stat }]
  const lambda = (metric, functions, stat) =>
    functions.map(({ name }) => ['AWS/Lambda', metric, 'FunctionName', `${prefix}-${name}`, { stat, label: name }])
  const widgets = [
    ['Requests', [api('Count', 'Sum'), api('4xx', 'Sum'), api('5xx', 'Sum')]],
    ['Answer time (ms)', [api('Latency', 'p50'), api('Latency', 'p99')]],
    ...[...areas].flatMap(([area, functions]) => [
      [`${area}: errors`, lambda('Errors', functions, 'Sum')],
      [`${area}: throttled`, lambda('Throttles', functions, 'Sum')],
      [`${area}: longest call (ms)`, lambda('Duration', functions, 'Maximum')],
    ]),
    ...Object.values(own).map(({ metric, statistic = 'Sum' }) => [
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
