import { createElement } from '../parts/dom.ts'
import { formatNumber, withUnit } from '../parts/format.ts'
import { type Gap, isInGap } from './gaps.ts'
import { nearest, type Sample } from './samples.ts'

/** A column of a series, drawn as a line if it has numbers, else as bands of texts. */
export interface Trace {
  label: string
  unit: string
  /** CSS variable of its colour. */
  colour: string
  dash: number[]
  samples: readonly Sample[]
  gaps: readonly Gap[]
}

/** A list of traces: buttons that show and hide them, with their value at the cursor or their last value. */
export function createLegend(traces: readonly Trace[], toggle: (place: number, show: boolean) => void) {
  let current = traces
  const entries = traces.map((trace, place) => {
    const value = createElement('span', { className: 'value' })
    const label = createElement('span', {}, trace.label)
    const button = createElement('button', { type: 'button' }, swatch(trace), label, value)
    button.setAttribute('aria-pressed', 'true')
    button.addEventListener('click', () => {
      const show = button.getAttribute('aria-pressed') !== 'true'
      button.setAttribute('aria-pressed', String(show))
      toggle(place, show)
    })
    return { button, value }
  })
  const items = entries.map(({ button }) => createElement('li', {}, button))
  const showValues = (time: number | null) => {
    for (const [place, { value }] of entries.entries()) {
      const trace = current[place]
      value.textContent = trace ? valueAt(trace, time) : ''
    }
  }
  showValues(null)
  return {
    list: createElement('ul', { className: 'legend' }, ...items),
    showValues,
    update(next: readonly Trace[]) {
      current = next
      showValues(null)
    },
  }
}

/** The value at a time, or the last one: of a window the mean, and between what. */
function valueAt({ samples, gaps, unit }: Trace, time: number | null): string {
  const sample = time === null ? samples.at(-1) : nearest(samples, time)
  if (!sample || (time !== null && isInGap(gaps, time))) return 'none'
  if (sample.value === null) return String(sample.last)
  const text = withUnit(formatNumber(sample.value), unit)
  return sample.count === 1 ? text : `${text} (${formatNumber(sample.low)} to ${formatNumber(sample.high)})`
}

const SVG = 'http://www.w3.org/2000/svg'

/** Creates an SVG element with attributes. */
export function createSvg(name: string, attributes: Record<string, string | number>, ...content: Node[]): SVGElement {
  const element = document.createElementNS(SVG, name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value))
  element.append(...content)
  return element
}

/** A sample of the line. */
function swatch({ colour, dash }: Trace): SVGElement {
  const line = createSvg('line', { x1: 0, x2: 28, y1: 4, y2: 4, 'stroke-width': 3, 'stroke-dasharray': dash.join(' ') })
  line.style.stroke = `var(${colour})`
  return createSvg('svg', { class: 'swatch', viewBox: '0 0 28 8', 'aria-hidden': 'true' }, line)
}
