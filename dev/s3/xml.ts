/** XML of elements with texts, numbers, further elements, or several of these. */
export interface Elements {
  [name: string]: string | number | boolean | Elements | readonly Elements[]
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const UNESCAPES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#34': '"' }

const escapeText = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)

const toXml = (elements: Elements): string =>
  Object.entries(elements)
    .flatMap(([name, value]) => (isList(value) ? value.map((one) => [name, one] as const) : [[name, value] as const]))
    .map(
      ([name, value]) => `<${name}>${typeof value === 'object' ? toXml(value) : escapeText(String(value))}</${name}>`,
    )
    .join('')

const isList = (value: Elements[string]): value is readonly Elements[] => Array.isArray(value)

export const xmlDocument = (elements: Elements): string => `<?xml version="1.0" encoding="UTF-8"?>\n${toXml(elements)}`

/** The parts that a `CompleteMultipartUpload` names. */
export function parseParts(xml: string): { number: number; etag: string }[] {
  const textIn = (part: string, name: string) =>
    (new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(part)?.[1] ?? '').replace(
      /&(#?\w+);/g,
      (entity, code) => UNESCAPES[code] ?? entity,
    )
  return [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: Number(textIn(part, 'PartNumber')),
    etag: textIn(part, 'ETag').replaceAll('"', ''),
  }))
}
