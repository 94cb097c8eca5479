import { createElement } from '../parts/dom.ts'
import { type DataAccess, type DataSelection, pages } from './requests.ts'

const TYPES = { csv: 'text/csv', json: 'application/json', ndjson: 'application/x-ndjson' } as const
export type Format = keyof typeof TYPES

export const isFormat = (text: string | null): text is Format => text !== null && Object.hasOwn(TYPES, text)

/** How long a browser may take to begin with a file that it was given. */
const KEPT_MS = 60_000

/**
 * Saves every row of a selection as a file: a link could not carry the token. `progress` hears how many bytes have come.
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
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS)
}

/** Every page of CSV begins with the names, which hold no line end. */
const withoutNames = (page: string): string => page.slice(page.indexOf('\n') + 1)

const toJson = (lines: readonly string[]): string => `[${lines.join('').trimEnd().replaceAll('\n', ',\n')}]\n`
