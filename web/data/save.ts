import { createElement } from '../parts/dom.ts'
import { type DataAccess, type DataSelection, pages } from './requests.ts'

const TYPES = { csv: 'text/csv', json: 'application/json', ndjson: 'application/x-ndjson' } as const
export type Format = keyof typeof TYPES

export const isFormat = (text: string | null): text is Format => text !== null && Object.hasOwn(TYPES, text)

/** How long the browser may take to start saving a file. */
const URL_LIFETIME_MS = 60_000

/**
 * Saves all rows of a selection as a file; a link could not send the token. Calls `progress` with the number of bytes.
 */
export async function save(
  format: Format,
  selection: DataSelection,
  access: DataAccess,
  signal: AbortSignal,
  progress: (bytes: number) => void,
): Promise<void> {
  const parts: string[] = []
  let bytes = 0
  for await (const page of pages(selection, access, format === 'csv' ? 'csv' : 'ndjson', signal)) {
    parts.push(format === 'csv' && parts.length > 0 ? withoutNames(page) : page)
    bytes += page.length
    progress(bytes)
  }
  const content = format === 'json' ? [toJson(parts)] : parts
  const url = URL.createObjectURL(new Blob(content, { type: TYPES[format] }))
  const source = (selection['source'] ?? 'data').replace(/[^\p{L}\p{N}.-]+/gu, '-')
  createElement('a', { href: url, download: `latchkey-${source}.${format}` }).click()
  setTimeout(() => URL.revokeObjectURL(url), URL_LIFETIME_MS)
}

/** Removes the header from a page of CSV; column names contain no line breaks. */
const withoutNames = (page: string): string => page.slice(page.indexOf('\n') + 1)

const toJson = (lines: readonly string[]): string => `[${lines.join('').trimEnd().replaceAll('\n', ',\n')}]\n`
