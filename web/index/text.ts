import { createElement } from '../parts/dom.ts'

/** Texts of the home page. */

export const count = (value: number, noun: string): string =>
  `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`

export const hint = (text: string): HTMLElement => createElement('p', { className: 'hint' }, text)

export const list = (texts: readonly string[]): HTMLElement =>
  createElement('ul', {}, ...texts.map((text) => createElement('li', {}, text)))

export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))
