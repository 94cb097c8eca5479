import 'openapi-explorer/dist/browser/openapi-explorer.min.js'
import { byId } from './parts/dom.ts'
import { ROOT } from './parts/place.ts'

/** The page at /docs: the API description, drawn by openapi-explorer. */

const explorer = document.createElement('openapi-explorer')
const dark = matchMedia('(prefers-color-scheme: dark)')

/** The colours of the other pages. */
const COLORS: Readonly<Record<string, string>> = {
  'bg-color': '--page',
  'text-color': '--text',
  'header-color': '--accent',
  'primary-color': '--accent',
  'secondary-color': '--accent',
  'nav-bg-color': '--surface',
  'nav-text-color': '--text',
  'nav-hover-bg-color': '--page',
  'nav-hover-text-color': '--accent',
}

function paint(): void {
  const style = getComputedStyle(document.documentElement)
  for (const [name, color] of Object.entries(COLORS)) explorer.setAttribute(name, style.getPropertyValue(color).trim())
}

// Several ways to prove who one is may be filled in, and an operation takes one.
explorer.addEventListener('request', (event) => {
  if (!(event instanceof CustomEvent)) return
  const headers: unknown = event.detail.request.headers
  if (!(headers instanceof Headers)) return
  const [first] = headers.get('authorization')?.split(', ') ?? []
  if (first !== undefined) headers.set('authorization', first)
})

// Nor shall the browser remember what was typed in.
explorer.addEventListener('focusin', (event) => {
  const [field] = event.composedPath()
  if (field instanceof HTMLInputElement) field.autocomplete = 'off'
})

// What scrolls by itself must be in reach of the keyboard.
explorer.addEventListener('spec-loaded', () =>
  requestAnimationFrame(() => explorer.shadowRoot?.querySelector('main')?.setAttribute('tabindex', '0')),
)

dark.addEventListener('change', paint)
paint()
explorer.setAttribute('server-url', ROOT.href.replace(/\/$/, ''))
explorer.setAttribute('hide-server-selection', 'true')
explorer.setAttribute('spec-url', new URL('openapi.json', ROOT).href)
byId('reference', HTMLElement).append(explorer)
