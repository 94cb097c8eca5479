import { prefersHtml, type Request } from '../../lib/http/request.ts'
import { type RawResponse, text } from '../../lib/http/response.ts'
import { acceptedFormat } from '../../lib/measurements/response-format.ts'
import type { RowFormat } from '../../lib/measurements/row-writers.ts'
import { CONTROLS } from './data-controls.ts'
import { policyFor } from './page-policy.ts'

const HTML = 'text/html; charset=utf-8'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')

/** Whether a browser opens the data page. It cannot send credentials then: the page asks for them. */
export const opensPage = async (request: Request) =>
  prefersHtml(request) &&
  /\/download\/?$/.test(request.path) &&
  (request.query.get('format') ?? acceptedFormat(request.headers['accept'])) === 'html'

/** `path` is /download or /download/; `open` is whether reading needs no token. */
export interface DataPage {
  path: string
  open: boolean
  /** Origins whose pages may show this one in a frame. */
  embedOrigins: readonly string[]
}

/** The HTML before the rows. References are relative, because a custom domain may prefix the path. */
function top({ path, open }: Omit<DataPage, 'embedOrigins'>): string {
  const root = path.endsWith('/') ? '../' : './'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data: Latchkey</title>
<meta name="description" content="Measurements as plots, tables and files">
<link rel="icon" href="${root}assets/icon.svg">
<link rel="stylesheet" href="${root}assets/style.css">
<script type="module" src="${root}assets/data.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<strong>Latchkey</strong>
<nav aria-label="Pages">
<ul>
<li><a href="${root}">Home</a></li>
<li><a href="${root}download" aria-current="page">Data</a></li>
<li><a href="${root}uploadhelp">Upload help</a></li>
<li><a href="${root}docs">API reference</a></li>
</ul>
</nav>
</header>
<main id="main"${open ? ' data-open' : ''}>
<h1>Measurements</h1>
${CONTROLS}
<section id="rows">
<h2>Rows</h2>
`
}

const NO_ROWS = `<p>No rows are shown yet.</p>
<noscript><p>This page needs JavaScript and a token. Programs send the token as
<code>Authorization: Bearer</code>.</p></noscript>
`

const BOTTOM = `</section>
</main>
</body>
</html>
`

/** Formats rows as a page: a table, links to the other formats and to the next page. A script adds plots. */
export function dataPageFormat(
  columns: readonly string[],
  links: Readonly<Record<string, string>>,
  page: DataPage,
): RowFormat {
  const others = Object.entries(links).map(([name, href]) => `<a href="${escaped(href)}">${escaped(name)}</a>`)
  const head = columns.map((name) => `<th scope="col">${escaped(name)}</th>`).join('')
  return {
    contentType: HTML,
    headers: { 'content-security-policy': policyFor(page.embedOrigins) },
    head: `${top(page)}<nav class="buttons" aria-label="Other formats">${others.join('')}</nav>
<div class="wide" tabindex="0" role="region" aria-label="Measurements">
<table>
<thead><tr>${head}</tr></thead>
<tbody>
`,
    row: (cells) => `<tr>${cells.map((cell) => `<td>${escaped(String(cell ?? ''))}</td>`).join('')}</tr>\n`,
    between: '',
    tail: (next) => `</tbody>
</table>
</div>
${next === null ? '<p>No further rows.</p>' : `<p><a rel="next" href="${escaped(next)}">Next page</a></p>`}
${BOTTOM}`,
  }
}

/** The page without rows for a browser without credentials: its script asks for a token. */
export const pageWithoutRows = (path: string, embedOrigins: readonly string[]): RawResponse =>
  text(HTML, `${top({ path, open: false })}${NO_ROWS}${BOTTOM}`, { 'content-security-policy': policyFor(embedOrigins) })
