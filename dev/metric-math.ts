/** CloudWatch's limit for one alarm. */
const MAX_METRICS = 10

/** A CloudWatch metric. */
export interface Metric {
  namespace: string
  name: string
  dimensions: Readonly<Record<string, unknown>>
}

interface Options {
  /** Seconds. */
  period: number
  statistic?: 'Sum' | 'Maximum'
}

const dimensionList = (dimensions: Metric['dimensions']) =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))

/** The properties of an alarm on one metric. */
export const singleMetric = ({ namespace, name, dimensions }: Metric, statistic: string, period: number) => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: dimensionList(dimensions),
  Statistic: statistic,
  Period: period,
})

/**
 * Returns the `Metrics` of an alarm on an expression. `expressionOf` gets the ids of the metrics. Throws for more metrics
 * than an alarm allows.
 */
export function expression(
  metrics: readonly Metric[],
  { period, statistic = 'Sum' }: Options,
  expressionOf: (ids: readonly string[]) => string,
) {
  if (metrics.length > MAX_METRICS)
    throw new Error(
      `An alarm on ${metrics.length} metrics exceeds ${MAX_METRICS}: split its alarmGroup in serverless.yml.`,
    )
  const parts = metrics.map(({ namespace, name, dimensions }, index) => ({
    Id: `m${index}`,
    ReturnData: false,
    MetricStat: {
      Metric: { Namespace: namespace, MetricName: name, Dimensions: dimensionList(dimensions) },
      Stat: statistic,
      Period: period,
    },
  }))
  return [...parts, { Id: 'all', Expression: expressionOf(parts.map(({ Id }) => Id)), ReturnData: true }]
}

/** The sum of metrics. SUM ignores metrics without data. */
export const total = (metrics: readonly Metric[], period: number) => expression(metrics, { period }, sum)

const sum = (ids: readonly string[]): string => `SUM([${ids.join(',')}])`

interface Rate extends Options {
  failures: readonly Metric[]
  /** What failures are a share of. */
  all: readonly Metric[]
  /** Fewer failures than this within `period` are a rate of 0. */
  floor: number
}

/** Failures in percent. The floor ignores single failures, which are a high rate where there are few requests. */
export const failureRate = ({ failures, all, floor, ...options }: Rate) => {
  const metrics = [...new Set([...failures, ...all])]
  return expression(metrics, options, (ids) => {
    const sumOf = (some: readonly Metric[]) => sum(ids.filter((_, index) => some.some((one) => one === metrics[index])))
    return `IF(${sumOf(failures)} >= ${floor}, 100 * ${sumOf(failures)} / ${sumOf(all)}, 0)`
  })
}
