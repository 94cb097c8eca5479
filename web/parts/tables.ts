import { createElement } from './dom.ts'

/** A table that scrolls sideways by itself. */
export const scrolled = (label: string, table: HTMLTableElement, className = 'wide'): HTMLElement =>
  createElement('div', { className, tabIndex: 0, role: 'region', ariaLabel: label }, table)

/** A table with the names of its columns and the cells of its rows. */
export function table(
  label: string,
  names: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLElement {
  const head = createElement('tr', {}, ...names.map((name) => createElement('th', { scope: 'col' }, name)))
  const body = rows.map((cells) => createElement('tr', {}, ...cells.map((cell) => createElement('td', {}, cell))))
  return scrolled(
    label,
    createElement('table', {}, createElement('thead', {}, head), createElement('tbody', {}, ...body)),
  )
}

/** A cell whose text has no line breaks. */
export const unbroken = (text: string): HTMLElement => createElement('span', { className: 'nowrap' }, text)
