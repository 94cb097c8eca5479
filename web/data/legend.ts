import { createElement } from '../parts/dom.ts'
import { formatNumber } from './rows.ts'
import { colourOf, dashOf } from './strokes.ts'

/** A plotted column: one value per row. */
export interface Line {
  name: string
  values: (number | null)[]
}

/** A list of the lines of a plot: buttons that show and hide them, with their value at the cursor or their last value. */
export function legendOf(lines: readonly Line[], toggle: (place: number, show: boolean) => void) {
  const entries = lines.map((line, place) => {
    const value = createElement('span', { className: 'value' })
    const button = createElement(
      'button',
      { type: 'button' },
      swatch(place),
      createElement('span', {}, line.name),
      value,
    )
    button.setAttribute('aria-pressed', 'true')
    button.addEventListener('click', () => {
      const show = button.getAttribute('aria-pressed') !== 'true'
      button.setAttribute('aria-pressed', String(show))
      toggle(place, show)
    })
    return { line, button, value, last: line.values.findLast((value) => value !== null) ?? null }
  })
  const list = createElement(
    'ul',
    { className: 'legend' },
    ...entries.map(({ button }) => createElement('li', {}, button)),
  )
  const showValues = (row: number | null) => {
    for (const { line, value, last } of entries) {
      const shown = row === null ? last : (line.values[row] ?? null)
      value.textContent = shown === null ? 'none' : formatNumber(shown)
    }
  }
  showValues(null)
  return { list, showValues }
}

const SVG = 'http://www.w3.org/2000/svg'

/** A sample of the line. */
function swatch(place: number): SVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  const line = document.createElementNS(SVG, 'line')
  const attributes = { x1: 0, x2: 28, y1: 4, y2: 4, 'stroke-width': 3, 'stroke-dasharray': dashOf(place).join(' ') }
  for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, String(value))
  line.style.stroke = `var(${colourOf(place)})`
  svg.setAttribute('class', 'swatch')
  svg.setAttribute('viewBox', '0 0 28 8')
  svg.setAttribute('aria-hidden', 'true')
  svg.append(line)
  return svg
}
