import type { CustomAlarm, MonitoredFunction, Monitoring } from './alarms.ts'

const PERIOD_S = 300

/** The dashboard of a stage: the API, each group of functions by function, tables, and Latchkey's own metrics. */
export function dashboard(prefix: string, { groups, custom, tables, indexes }: Monitoring) {
  const api = (metric: string, stat: string): unknown[] => ['AWS/ApiGateway', metric, 'ApiId', `\${HttpApi}`, { stat }]
  const lambda = (metric: string, functions: readonly MonitoredFunction[], stat: string): unknown[] =>
    functions.map(({ name }) => ['AWS/Lambda', metric, 'FunctionName', `${prefix}-${name}`, { stat, label: name }])
  const own = ({ metric, statistic = 'Sum' }: CustomAlarm): [string, unknown[]] => [
    metric,
    [[prefix, metric, 'service', 'latchkey', { stat: statistic }]],
  ]
  const throttled = (metric: string): unknown[] => [
    ...Object.values(tables).map((table) => ['AWS/DynamoDB', metric, 'TableName', table, { stat: 'Sum' }]),
    ...indexes.map(({ table, index }) => [
      'AWS/DynamoDB',
      metric,
      'TableName',
      tables[table],
      'GlobalSecondaryIndexName',
      index,
      { stat: 'Sum' },
    ]),
  ]
  const widgets: [title: string, metrics: unknown[]][] = [
    ['Requests', [api('Count', 'Sum'), api('4xx', 'Sum'), api('5xx', 'Sum')]],
    ['Response time (ms)', [api('Latency', 'p50'), api('Latency', 'p99')]],
    ['429 responses', [[prefix, 'TooManyRequests', { stat: 'Sum' }]]],
    ...[...groups].flatMap(([group, functions]): [string, unknown[]][] => [
      [`${group}: errors`, lambda('Errors', functions, 'Sum')],
      [`${group}: throttled`, lambda('Throttles', functions, 'Sum')],
      [`${group}: longest call (ms)`, lambda('Duration', functions, 'Maximum')],
    ]),
    ['Tables: throttled reads', throttled('ReadThrottleEvents')],
    ['Tables: throttled writes', throttled('WriteThrottleEvents')],
    ...Object.values(custom).map(own),
  ]
  return {
    widgets: widgets.map(([title, metrics], index) => ({
      type: 'metric',
      x: (index % 2) * 12,
      y: Math.floor(index / 2) * 6,
      width: 12,
      height: 6,
      properties: { title, metrics, region: `\${AWS::Region}`, view: 'timeSeries', period: PERIOD_S },
    })),
  }
}
