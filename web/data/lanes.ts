import type uPlot from 'uplot'
import { blankAxis, timeAxis } from './axes.ts'
import { statesOf } from './gaps.ts'
import type { Trace } from './legend.ts'
import { colour, colourOf } from './strokes.ts'

/** Columns of texts are drawn as bands, one lane each. */

const FONT = '13px system-ui, sans-serif'
/** Room between a text and the end of its band. */
const PADDING = 6

/** uPlot's options for lanes. Its lines are empty: the bands are drawn in a hook. */
export const laneOptions = (lanes: readonly Trace[]) => ({
  axes: [timeAxis, blankAxis],
  series: [{}, ...lanes.map(({ label }): uPlot.Series => ({ label, scale: 'left', points: { show: false } }))],
})

export const laneData = (times: number[], lanes: readonly Trace[]): uPlot.AlignedData => [times, ...lanes.map(() => [])]

/** Draws the bands. Each text has one colour, in all lanes. */
export function drawLanes(plot: uPlot, lanes: readonly Trace[]): void {
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  const colours = new Map<string, string>()
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.font = FONT.replace('13', String(13 * ratio))
  ctx.textAlign = 'left'
  ctx.textBaseline = 'middle'
  const height = bbox.height / Math.max(1, lanes.length)
  for (const [place, { samples, gaps }] of lanes.entries()) {
    if (plot.series[place + 1]?.show === false) continue
    const top = bbox.top + place * height + 2 * ratio
    for (const { from, to, text } of statesOf(samples, gaps)) {
      const left = plot.valToPos(from, 'x', true)
      const width = Math.max(plot.valToPos(to, 'x', true) - left, 2 * ratio)
      if (left > bbox.left + bbox.width || left + width < bbox.left) continue
      const fill = colours.get(text) ?? colour(colourOf(colours.size))
      colours.set(text, fill)
      ctx.fillStyle = fill
      ctx.fillRect(left, top, width, height - 4 * ratio)
      const start = Math.max(left, bbox.left) + PADDING * ratio
      if (start + ctx.measureText(text).width > left + width) continue
      ctx.fillStyle = colour('--page')
      ctx.fillText(text, start, top + (height - 4 * ratio) / 2)
    }
  }
  ctx.restore()
}
