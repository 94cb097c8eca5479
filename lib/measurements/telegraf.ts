import type { JsonShape } from './json-shapes.ts'
import { toRow } from './point.ts'
import { isObject, type Row } from './raw-columns.ts'

interface Metric {
  name: string
  fields: Row
  tags?: Row
  timestamp: number | string | object
}

const MEMBERS = new Set(['name', 'fields', 'tags', 'timestamp'])

/** A timestamp is a number, which may have more digits than a double, or a text in `json_timestamp_format`. */
const isMetric = (value: unknown): value is Metric & Row =>
  isObject(value) &&
  Object.keys(value).every((name) => MEMBERS.has(name)) &&
  typeof value['name'] === 'string' &&
  isObject(value['fields']) &&
  (value['tags'] === undefined || isObject(value['tags'])) &&
  value['timestamp'] !== undefined &&
  value['timestamp'] !== null &&
  !isObject(value['timestamp']) &&
  !Array.isArray(value['timestamp'])

function metricsOf(message: Row): Metric[] | null {
  if (isMetric(message)) return [message]
  const { metrics } = message
  const isBatch = Object.keys(message).length === 1 && Array.isArray(metrics) && metrics.length > 0
  return isBatch && metrics.every(isMetric) ? metrics : null
}

/** The output of Telegraf with `data_format = "json"`: a metric, or a batch `{"metrics":[...]}`. A metric is one row. */
export const telegraf: JsonShape = {
  matches: (message) => metricsOf(message) !== null,
  toRows: (message) =>
    (metricsOf(message) ?? []).map(({ name, fields, tags = {}, timestamp }) =>
      toRow({ measurement: name, fields: Object.entries(fields), tags: Object.entries(tags), time: timestamp }),
    ),
}
