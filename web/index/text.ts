import { createElement } from '../parts/dom.ts'

/** Texts and tables of the home page. */

export const count = (value: number, noun: string): string =>
  `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`

/** A time in UTC: `2026-05-03 12:00:00`. */
export const time = (iso: string): string => iso.replace('T', ' ').replace(/(?:\.\d+)?Z$/, '')

const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const

const ages = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** How long ago a time is: `2 hours ago`. */
export function age(iso: string, now: number): string {
  const ms = Date.parse(iso) - now
  const [size, unit] = UNITS.find(([size]) => Math.abs(ms) >= size) ?? UNITS[3]
  return ages.format(Math.trunc(ms / size), unit)
}

/** A cell whose text has no line breaks. */
export const unbroken = (text: string): HTMLElement => createElement('span', { className: 'nowrap' }, text)

export const hint = (text: string): HTMLElement => createElement('p', { className: 'hint' }, text)

export const list = (texts: readonly string[]): HTMLElement =>
  createElement('ul', {}, ...texts.map((text) => createElement('li', {}, text)))

/** A table that scrolls sideways by itself. */
export function table(
  label: string,
  names: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLElement {
  const head = createElement('tr', {}, ...names.map((name) => createElement('th', { scope: 'col' }, name)))
  const body = rows.map((cells) => createElement('tr', {}, ...cells.map((cell) => createElement('td', {}, cell))))
  return createElement(
    'div',
    { className: 'wide', tabIndex: 0, role: 'region', ariaLabel: label },
    createElement('table', {}, createElement('thead', {}, head), createElement('tbody', {}, ...body)),
  )
}

export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))
