import 'openapi-explorer/dist/browser/openapi-explorer.min.js'
import { credentialFields } from './docs/credentials.ts'
import { elementId, fillMenu } from './docs/menu.ts'
import { type Description, sampleRequest } from './docs/request.ts'
import { samplesOf } from './docs/samples.ts'
import { byId } from './parts/dom.ts'
import { ROOT } from './parts/place.ts'

/** The page at /docs: the API description, rendered by openapi-explorer. */

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

// The user may have entered several credentials; a request sends the first.
explorer.addEventListener('request', (event) => {
  if (!(event instanceof CustomEvent)) return
  const headers: unknown = event.detail.request.headers
  if (!(headers instanceof Headers)) return
  const [first] = headers.get('authorization')?.split(', ') ?? []
  if (first !== undefined) headers.set('authorization', first)
})

// The browser must not store credentials.
explorer.addEventListener('focusin', (event) => {
  const [field] = event.composedPath()
  if (field instanceof HTMLInputElement) field.autocomplete = 'off'
})

/** Fits the tables of credentials on a phone, and makes the focus visible in the navigation. */
const STYLE = new CSSStyleSheet()
STYLE.replaceSync(`
  /* The fields for credentials say the same, and more. */
  .security-info-button { display: none }
  /* DELETE fits. */
  .nav-bar .method { flex-shrink: 0; width: 4rem }
  @media (max-width: 767px) {
    /* Elsewhere, this button covers the first line of a sample. */
    .code-sample-wrapper syntax-highlighter::part(btn-copy) { position: static; margin-block-end: 0.5rem }
    /* The menu covers the top of the screen. */
    [id] { scroll-margin-top: 4.5rem }
    #auth tr, #auth td { display: block; max-width: none !important; box-sizing: border-box }
    #auth input { max-width: 100%; box-sizing: border-box }
    #auth td > div { align-items: flex-start !important; flex-wrap: wrap }
    .method { min-width: 4.5rem; width: auto !important; padding-inline: 0.25rem }
  }
  .nav-bar :focus-visible, summary:focus-visible { outline: 3px solid var(--primary-color) !important; outline-offset: -3px }
`)

/** Makes the headings of operations buttons for keyboards and screen readers. */
function makeFocusable(root: ShadowRoot): void {
  for (const head of root.querySelectorAll('summary.endpoint-head')) {
    head.setAttribute('role', 'button')
    head.setAttribute('tabindex', '0')
  }
}

explorer.addEventListener('keydown', (event) => {
  const [target] = event.composedPath()
  if (!(target instanceof HTMLElement) || !target.matches('summary.endpoint-head')) return
  if (event.key !== 'Enter' && event.key !== ' ') return
  event.preventDefault()
  target.click()
})

explorer.addEventListener('spec-loaded', () =>
  requestAnimationFrame(() => {
    const root = explorer.shadowRoot
    if (!root) return
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, STYLE]
    // A scrollable region must be focusable.
    root.querySelector('main')?.setAttribute('tabindex', '0')
    new MutationObserver(() => makeFocusable(root)).observe(root, { childList: true, subtree: true })
    makeFocusable(root)
  }),
)

dark.addEventListener('change', paint)
paint()
explorer.setAttribute('server-url', ROOT.href.replace(/\/$/, ''))
explorer.setAttribute('hide-server-selection', 'true')
explorer.setAttribute('use-path-in-nav-bar', 'true')
byId('reference', HTMLElement).append(explorer)

const specUrl = new URL('openapi.json', ROOT)
const response = await fetch(specUrl).catch(() => undefined)
// The explorer shows why it cannot load the description.
if (!response?.ok) explorer.setAttribute('spec-url', specUrl.href)
else show(await response.json())

/** Adds code samples, fields for credentials and the menu. */
function show(description: Description): void {
  const { securitySchemes } = description.components
  const base = ROOT.href.replace(/\/$/, '')
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const request = sampleRequest(description, base, path, method, operation)
      if (request) Object.assign(operation, { 'x-code-samples': samplesOf(request) })
      const fields = credentialFields(operation, securitySchemes, (scheme, token) =>
        callExplorer('setAuthenticationConfiguration', scheme, { token }),
      )
      if (fields) {
        fields.slot = elementId(method, path)
        explorer.append(fields)
      }
    }
  }
  fillMenu(byId('menu', HTMLSelectElement), description, (id) => callExplorer('scrollTo', id))
  callExplorer('loadSpec', description)
}

/** Calls a public method of openapi-explorer, which has no types. */
function callExplorer(name: string, ...values: unknown[]): void {
  const method: unknown = Reflect.get(explorer, name)
  if (typeof method === 'function') method.apply(explorer, values)
}
