/** Names that hold the time of a row whatever their values are. */
const CERTAIN = ['time', 'time_utc', 'timestamp'] as const

/**
 * Names in exports of loggers and services. Some of them may also hold something else, such as `ts` a temperature, so a
 * column needs a value that is clearly a time. `date` is last, because it may have no clock time.
 */
const LIKELY = [
  ...[
    'datetime',
    'date_time',
    'date time',
    'date-time',
    'datetime_utc',
    'datetimeutc',
    'datetime utc',
    'utcdatetime',
    'dateutc',
  ],
  ...['timestamp_utc', 'time_stamp', 'time stamp', 'tmstamp', 'ts', '_time', 'created_at', 'createdat', 'measured_at'],
  ...['measuredat', 'recorded_at', 'recordedat', 'observed_at', 'sampled_at', 'logged_at', 'log_time'],
  ...['received_at', 'last_changed', 'last_updated', 'epoch', 'unixtime', 'unix_time', 'unix_timestamp', 'dt', 'date'],
] as const

/** Default of the setting TIME_COLUMNS. */
export const DEFAULT_TIME_COLUMNS: readonly string[] = [...CERTAIN, ...LIKELY]

/** Splits TIME_COLUMNS. An operator who sets it names columns that always hold times. */
export function splitTimeColumns(names: readonly string[]): { certain: readonly string[]; likely: readonly string[] } {
  const isDefault = names.join() === DEFAULT_TIME_COLUMNS.join()
  return isDefault ? { certain: CERTAIN, likely: LIKELY } : { certain: names, likely: [] }
}
