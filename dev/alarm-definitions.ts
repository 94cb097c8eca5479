import type { Properties, Resource } from './alarm-resource.ts'
import type { MonitoredFunction, Monitoring } from './alarms.ts'
import { expression, failureRate, type Metric, singleMetric, total } from './metric-math.ts'

const PERIOD_S = 300
const HOUR_S = 3_600
/** Routes that store measurements; the access log has them with and without a final slash. */
export const UPLOAD_ROUTES = ['POST /upload', 'POST /upload/csv', 'POST /api/v2/write']
/** Percent of calls or requests that may fail. */
const MAX_FAILURE_RATE = 1
/** Share of a function's time-out that its slowest call may take. */
const NEAR_TIMEOUT = 0.9

const api = (name: string): Metric => ({ namespace: 'AWS/ApiGateway', name, dimensions: { ApiId: { Ref: 'HttpApi' } } })
const lambda = (name: string, FunctionName: string, more: Metric['dimensions'] = {}): Metric => ({
  namespace: 'AWS/Lambda',
  name,
  dimensions: { FunctionName, ...more },
})

export const serverErrors: Properties = {
  Metrics: failureRate({ failures: [api('5xx')], all: [api('Count')], floor: 5, period: PERIOD_S }),
  Threshold: MAX_FAILURE_RATE,
}

/** Calls that ended with an error, as a share of all calls. `dimensions` can select an alias. */
export const errorRate = (
  functionNames: readonly string[],
  { period = PERIOD_S, dimensions = {} }: { period?: number; dimensions?: Metric['dimensions'] } = {},
): Properties => ({
  Metrics: failureRate({
    failures: functionNames.map((name) => lambda('Errors', name, dimensions)),
    all: functionNames.map((name) => lambda('Invocations', name, dimensions)),
    floor: 2,
    period,
  }),
  Threshold: MAX_FAILURE_RATE,
})

/** Throttled calls are not among the invocations. */
export function throttleRate(prefix: string, functions: readonly MonitoredFunction[]): Properties {
  const failures = functions.map(({ name }) => lambda('Throttles', `${prefix}-${name}`))
  const invocations = functions.map(({ name }) => lambda('Invocations', `${prefix}-${name}`))
  const rate = failureRate({ failures, all: [...failures, ...invocations], floor: 5, period: PERIOD_S })
  return { Metrics: rate, Threshold: MAX_FAILURE_RATE }
}

/** A run that overlaps the next one is throttled a few times, within one period. */
export const overlaps = (prefix: string, functions: readonly MonitoredFunction[]): Properties => ({
  Metrics: total(
    functions.map(({ name }) => lambda('Throttles', `${prefix}-${name}`)),
    PERIOD_S,
  ),
  Threshold: 3,
  EvaluationPeriods: 2,
})

/** The longest call, as a share of its function's timeout. */
export const nearTimeout = (prefix: string, functions: readonly MonitoredFunction[]): Properties => ({
  Metrics: expression(
    functions.map(({ name }) => lambda('Duration', `${prefix}-${name}`)),
    { period: PERIOD_S, statistic: 'Maximum' },
    (ids) => `MAX([${functions.map(({ timeout }, index) => `${ids[index]}/${timeout * 1000}`).join(',')}])`,
  ),
  Threshold: NEAR_TIMEOUT,
})

/** Fires when a schedule stops starting its function. A schedule of five minutes may skip one run. */
export const silence = (functionName: string): Properties => ({
  ...singleMetric(lambda('Invocations', functionName), 'Sum', PERIOD_S),
  ComparisonOperator: 'LessThanThreshold',
  Threshold: 1,
  EvaluationPeriods: 3,
  TreatMissingData: 'breaching',
})

export const tooManyRequests = (prefix: string): Properties => ({
  Metrics: failureRate({
    failures: [accessLogMetric(prefix, 'TooManyRequests')],
    all: [api('Count')],
    floor: 50,
    period: PERIOD_S,
  }),
  Threshold: MAX_FAILURE_RATE,
})

/** A metric of a filter on the access log. */
const accessLogMetric = (prefix: string, name: string): Metric => ({ namespace: prefix, name, dimensions: {} })

const accessLogFilter = (prefix: string, name: string, FilterPattern: string): Resource => ({
  Type: 'AWS::Logs::MetricFilter',
  Properties: {
    LogGroupName: { Ref: 'HttpApiLogGroup' },
    FilterPattern,
    MetricTransformations: [{ MetricNamespace: prefix, MetricName: name, MetricValue: '1' }],
  },
})

/** API Gateway has no metric for single statuses. Its access log has those of requests that it rejects, too. */
export const tooManyRequestsFilter = (prefix: string): Resource =>
  accessLogFilter(prefix, 'TooManyRequests', '{ $.status = "429" }')

const isUpload = UPLOAD_ROUTES.flatMap((route) => [route, `${route}/`].map((key) => `($.routeKey = "${key}")`))

/** Rejected uploads are not included, so that the alarm also fires for expired credentials. */
export const storedUploadsFilter = (prefix: string): Resource =>
  accessLogFilter(prefix, 'StoredUploads', `{ ($.status = "2*") && (${isUpload.join(' || ')}) }`)

/** Latchkey retries throttled calls: only throttling that lasts fails requests. */
export function tableAlarms({ tables, indexes }: Monitoring): Record<string, Properties> {
  const places = [
    ...Object.values(tables).map((TableName) => ({ TableName })),
    ...indexes.map(({ table, index }) => ({ TableName: tables[table], GlobalSecondaryIndexName: index })),
  ]
  const throttled = (name: string): Properties => ({
    Metrics: total(
      places.map((dimensions) => ({ namespace: 'AWS/DynamoDB', name, dimensions })),
      PERIOD_S,
    ),
    Threshold: 100,
    EvaluationPeriods: 2,
  })
  return {
    TableReadsThrottled: throttled('ReadThrottleEvents'),
    TableWritesThrottled: throttled('WriteThrottleEvents'),
  }
}

/** Alarms cannot compare with the same hour of another day, so the operator sets how long a pause may be. */
export const uploadsStopped = (prefix: string, hours: number): Properties => ({
  ...singleMetric(accessLogMetric(prefix, 'StoredUploads'), 'Sum', HOUR_S),
  ComparisonOperator: 'LessThanThreshold',
  Threshold: 1,
  EvaluationPeriods: hours,
  TreatMissingData: 'breaching',
})
