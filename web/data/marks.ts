import type uPlot from 'uplot'
import { colour } from './strokes.ts'

/** Draws a dashed line at each time, with a triangle on top. */
export function drawMarks(plot: uPlot, times: readonly number[]): void {
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  const { min = 0, max = 0 } = plot.scales['x'] ?? {}
  ctx.save()
  ctx.strokeStyle = colour('--bad')
  ctx.fillStyle = colour('--bad')
  ctx.lineWidth = ratio
  ctx.setLineDash([4 * ratio, 4 * ratio])
  for (const time of times) {
    if (time < (min ?? 0) || time > (max ?? 0)) continue
    const x = Math.round(plot.valToPos(time, 'x', true))
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.beginPath()
    ctx.moveTo(x - 6 * ratio, bbox.top)
    ctx.lineTo(x + 6 * ratio, bbox.top)
    ctx.lineTo(x, bbox.top + 9 * ratio)
    ctx.fill()
  }
  ctx.restore()
}
