import { type Cells, NamedRow, type OnRepeatedName } from './named-row.ts'
import type { Row } from './raw-columns.ts'

/** A point of InfluxDB and Telegraf. */
export interface Point {
  measurement: string
  tags: readonly (readonly [name: string, value: unknown])[]
  fields: Cells
  /** Absent if the time of receipt applies. */
  time?: unknown
}

/**
 * Returns the row of a point: its fields, its tags, `measurement` and `time`. The tag `host` also names the box, unless
 * the point has a field or a tag `box`.
 */
export function toRow({ measurement, tags, fields, time }: Point, onRepeatedName?: OnRepeatedName): Row {
  const row = new NamedRow(onRepeatedName)
  row.add([['time', time]])
  row.add(fields, '_field')
  row.add(tags, '_tag')
  row.add([['measurement', measurement]], '_name')
  const host = tags.find(([name]) => name === 'host')
  if (host && !row.has('box')) row.add([['box', host[1]]])
  return row.toRow()
}
