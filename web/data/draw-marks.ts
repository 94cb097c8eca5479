import type uPlot from 'uplot'
import type { Mark } from './marks.ts'
import { colour } from './strokes.ts'

/** Draws marks: warnings as dashed lines with a triangle on top, parked times as areas with a bar below. */
export function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx } = plot
  const { min, max } = plot.scales['x'] ?? {}
  ctx.save()
  ctx.strokeStyle = colour('--bad')
  ctx.fillStyle = colour('--bad')
  for (const { kind, from, to } of marks) {
    const [start, end] = [Math.max(from, min ?? 0), Math.min(to, max ?? 0)]
    if (start > end) continue
    const [left, right] = [start, end].map((time) => Math.round(plot.valToPos(time, 'x', true)))
    if (kind === 'warning') drawLine(plot, left ?? 0)
    else drawArea(plot, left ?? 0, right ?? 0)
  }
  ctx.restore()
}

function drawLine({ ctx, bbox }: uPlot, x: number): void {
  const ratio = devicePixelRatio
  ctx.lineWidth = ratio
  ctx.setLineDash([4 * ratio, 4 * ratio])
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

/** The area is light, so that lines remain visible, and the bar is below them. A single row has a width, too. */
function drawArea({ ctx, bbox }: uPlot, left: number, right: number): void {
  const ratio = devicePixelRatio
  const width = Math.max(right - left, 3 * ratio)
  ctx.globalAlpha = 0.12
  ctx.fillRect(left, bbox.top, width, bbox.height)
  ctx.globalAlpha = 1
  ctx.fillRect(left, bbox.top + bbox.height, width, 5 * ratio)
}
