import { setStatus } from '../parts/dom.ts'
import type { SeriesSummary } from '../parts/series.ts'
import type { View } from './address.ts'
import { display } from './display.ts'
import { startLive, stopLive } from './live.ts'
import { loadRecent, loadSeries, loadVisible, MAX_ROWS } from './load.ts'
import { describeSeries } from './notes.ts'
import { describeLoaded, describeNothing } from './outcome.ts'
import { positionColumns } from './positions.ts'
import { isRelative, resolveRange } from './range.ts'
import { fetchSeries } from './requests.ts'
import { release, reserve } from './reserve.ts'
import type { Extent } from './rows.ts'
import { chosenColumns, chosenSeries } from './selection.ts'
import { runTask, showError, state, status, writeAddress } from './state.ts'

/** Loads what the form says, and later what the user looks at. */

/** The user may still be zooming. */
const DEBOUNCE_MS = 200
/** While live, a range ago is loaded again when this part of it has passed. */
const RELOAD_SHARE = 0.02

let zooming: ReturnType<typeof setTimeout> | undefined

/** Loads the series, columns and range of the form, and shows them. */
export async function load(signal: AbortSignal): Promise<void> {
  const { access, view } = state
  stopLive()
  clearTimeout(zooming)
  const [series, columns] = [chosenSeries(), chosenColumns()]
  if (columns.length === 0) return setStatus(status, 'Choose a column.', 'bad')
  Object.assign(view, { series, columns })
  writeAddress()
  setStatus(status, 'Loading.')
  const reservation = reserve(series, columns, view)
  try {
    const spans = (await Promise.all(series.map((name) => fetchSeries(access, signal, name)))).flat()
    describeSeries(spans, view.zone)
    const range = resolveRange(view, spans, Date.now())
    const all = range ? spans.map((each) => loadSeries(each, sourceOf(each), range, view.zoom)) : []
    state.loaded = { all: await Promise.all(all), columns: range ? columns : [], range: range ?? { from: 0, to: 0 } }
    showLoaded()
    reservation.settle()
    if (!range) setStatus(status, describeNothing(spans, view.zone))
    if (view.live && view.to === '') startLive(series.length, range ? poll : retry)
  } catch (error) {
    reservation.cancel()
    throw error
  }

  function sourceOf(name: SeriesSummary) {
    const wanted = [...columns, ...(positionColumns(name.columns) ?? [])].filter((column) =>
      name.columns.includes(column),
    )
    return { name, columns: [...new Set(wanted)], access, signal, maxRows: Math.floor(MAX_ROWS / series.length) }
  }
}

/** Shows what is loaded in another way. */
export function show(): void {
  release()
  showLoaded()
}

function showLoaded(): void {
  const { loaded, view } = state
  if (!loaded) return
  display(loaded, view, { onZoom, onTable })
  if (loaded.all.length > 0) setStatus(status, describeLoaded(loaded, view.zone))
}

function onTable(choice: Pick<View, 'order' | 'find'>): void {
  Object.assign(state.view, choice)
  writeAddress()
}

/** Loads the visible part more exactly, when the user has zoomed. */
function onZoom(zoom: Extent | null): void {
  state.view.zoom = zoom
  writeAddress()
  clearTimeout(zooming)
  zooming = setTimeout(() => runTask(status, refine), DEBOUNCE_MS)
}

async function refine(signal: AbortSignal): Promise<void> {
  const { loaded, view } = state
  if (!loaded) return
  const all = await Promise.all(loaded.all.map((data) => loadVisible(data, loaded.range, view.zoom, signal)))
  const { loaded: now } = state
  // Rows may have arrived meanwhile.
  const recent = all.map((data, index) => ({ ...data, recent: now?.all[index]?.recent ?? data.recent }))
  state.loaded = { ...loaded, all: recent, range: now?.range ?? loaded.range }
  showLoaded()
}

/** Adds the rows that arrived since the last one. */
async function poll(signal: AbortSignal): Promise<void> {
  const { loaded: before, view } = state
  if (!before) return
  try {
    const all = await Promise.all(
      before.all.map(async (data) => {
        const last = data.recent.at(-1) ?? data.newest.at(-1)
        const rows = await loadRecent({ ...data.source, signal }, last?.time ?? before.range.from)
        return rows.length === 0 ? data : { ...data, recent: [...data.recent, ...rows] }
      }),
    )
    if (signal.aborted || state.loaded !== before) return
    const { from, to } = before.range
    const newest = Math.max(to, ...all.flatMap(({ recent }) => recent.at(-1)?.time ?? []))
    const range = isRelative(view.from) ? slide({ from, to: newest }, view) : { from, to: newest }
    if (range.from - from > RELOAD_SHARE * (to - from)) return void runTask(status, load)
    state.loaded = { ...before, all, range }
    if (range.to !== to || all.some((data, index) => data !== before.all[index])) showLoaded()
  } catch (error) {
    if (!signal.aborted) showError(status, error)
  }
}

/** A range ago, at this moment. */
const slide = ({ from, to }: Extent, view: View): Extent =>
  resolveRange(view, [{ first: new Date(from).toISOString(), last: new Date(to).toISOString() }], Date.now()) ?? {
    from,
    to,
  }

/** Loads a range that had no rows again. */
const retry = async (): Promise<void> => void runTask(status, load)
