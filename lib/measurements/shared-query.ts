import { outsideShare, type SharedView } from '../core/caller.ts'
import { toColumnName } from './column-name.ts'
import { BOUND, type DownloadQuery } from './query.ts'
import { isShared } from './shared-view.ts'

/**
 * Throws `not_allowed` for a query that reads more than a share shows. Bounds and orders count, too: the rows that they
 * select would reveal values. It does not depend on whether a series or a column exists.
 */
export function rejectUnshared(
  { source, cols = [], order_by, bounds }: DownloadQuery,
  view: SharedView,
  timeColumns: readonly string[],
): void {
  if (source !== undefined && !view.sources.includes(source)) throw outsideShare('source')
  const isHidden = (name: string): boolean => !isShared(view, timeColumns, name)
  if (cols.some(isHidden)) throw outsideShare('cols')
  if (order_by && isHidden(order_by.column)) throw outsideShare('order_by')
  for (const field of Object.keys(bounds)) {
    if (isHidden(toColumnName(BOUND.exec(field)?.[2] ?? ''))) throw outsideShare(field)
  }
}
