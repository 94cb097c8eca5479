import { parameterProblem } from '../parameters.ts'
import type { RowFormat } from '../row-writers.ts'
import type { WindowCursor } from '../window-parameters.ts'
import { collectLines } from './page-lines.ts'
import type { ResultPage } from './pages.ts'
import { readWindows, type WindowsRequest } from './windows.ts'

/**
 * Reads one page of windows. The rows of a window are all on one page, which may therefore have some more than `number`.
 * Throws a `Problem` if they do not fit into one response.
 */
export async function readWindowPage(
  request: WindowsRequest & { format: RowFormat },
): Promise<ResultPage<WindowCursor>> {
  const { number, format } = request
  if (number === 0) return { lines: [], next: null }
  const page = collectLines({ number: Infinity, format }, false)
  for await (const item of readWindows(request, request.cursor)) {
    const { lines } = page
    if ('exhausted' in item) return { lines, next: item.exhausted }
    const end = lines.length
    if (end < number && item.rows.every((cells) => page.add(cells))) continue
    if (end === 0) throw parameterProblem('cols', 'must name fewer columns: one window is larger than a response')
    return { lines: lines.slice(0, end), next: item.at }
  }
  return { lines: page.lines, next: null }
}
