import type { DataOwner, SharedView } from '../../core/caller.ts'
import { parameterProblem } from '../parameters.ts'
import { isShared } from '../shared-view.ts'
import { isServerColumn } from '../table.ts'
import { compareSeries, toSeriesId } from './keys.ts'
import { findSeries, type Series } from './series.ts'

/**
 * The existing series of a share, or the one of `source`, in the order of series. They list only the columns that the
 * share shows, and no warnings, which can quote names of other columns. Each series belongs to the owner itself.
 */
export async function findSharedSeries(
  clientId: string,
  view: SharedView,
  timeColumns: readonly string[],
  source?: string,
): Promise<Series[]> {
  const sources = source === undefined ? view.sources : [source]
  const isVisible = (name: string): boolean => isShared(view, timeColumns, name)
  return (await findAll({ clientId, participant: view.participant }, sources)).map((series) => ({
    ...series,
    columns: new Set([...series.columns].filter(isVisible)),
    units: Object.fromEntries(Object.entries(series.units).filter(([name]) => isVisible(name))),
    warnings: [],
  }))
}

/** Throws `parameter_invalid` if a series or a column that will be shared does not exist. */
export async function requireSeries(
  owner: DataOwner,
  { series: sources, columns = [] }: { series: readonly string[]; columns?: readonly string[] | undefined },
): Promise<void> {
  const found = await findAll(owner, sources)
  if (found.length < sources.length) throw parameterProblem('series', 'must name existing series')
  const existing = new Set(found.flatMap((series) => [...series.columns]))
  if (columns.some((name) => !existing.has(name) && !isServerColumn(name)))
    throw parameterProblem('columns', 'must name existing columns of the series')
}

async function findAll({ clientId, participant }: DataOwner, sources: readonly string[]): Promise<Series[]> {
  const found = await Promise.all(sources.map((source) => findSeries(clientId, toSeriesId({ participant, source }))))
  return found
    .filter((series) => series !== null)
    .toSorted((left, right) => compareSeries(toSeriesId(left), toSeriesId(right)))
}
