import { createHash } from 'node:crypto'
import type { RowFormat } from './formats-out.ts'

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 80rem; padding: 1rem }
nav a { margin-right: 1rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid #8886; padding: .25rem .75rem; text-align: left; white-space: nowrap }
`

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')

/** A readable page: the rows as a table, links to the same rows in the other formats, and to the next page. */
export function htmlFormat(columns: readonly string[], links: Readonly<Record<string, string>>): RowFormat {
  const others = Object.entries(links).map(([name, href]) => `<a href="${escaped(href)}">${escaped(name)}</a>`)
  const head = columns.map((name) => `<th scope="col">${escaped(name)}</th>`).join('')
  return {
    contentType: 'text/html; charset=utf-8',
    headers: { 'content-security-policy': CONTENT_SECURITY_POLICY },
    head: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Latchkey: measurements</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Measurements</h1>
<nav aria-label="Other formats">${others.join('')}</nav>
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
</body>
</html>
`,
  }
}
