import { parse } from 'content-disposition'

/**
 * A quoted name or file name. The quote that ends it is followed by the end or by another parameter, so that quotes in
 * it may be unescaped. After a backslash, a quote is part of it.
 */
const QUOTED = /(?<![^;\s])((?:file)?name)\s*=\s*"((?:\\.|[^\\])*?)"(?=\s*(?:$|;\s*(?:$|[\w!#$%&'*+.^`|~-]+\s*=)))/gis

/** What is wrong with a header: a clause with `has` for the error. */
export type DispositionFault = 'has an unclosed or unescaped quote' | 'repeats a parameter'

/**
 * Parses the Content-Disposition of a part. Browsers send a quote in a name as %22, curl and Go as `\"`, and some
 * clients unchanged (RFC 7578 section 4.2). Returns a fault where the end of a name is ambiguous.
 */
export function parseDisposition(header: string): ReturnType<typeof parse> | DispositionFault {
  const names: string[] = []
  const canonical = header.replace(QUOTED, (_all, name: string, value: string) => {
    names.push(name.toLowerCase())
    return `${name}="${unescapeQuotes(value).replaceAll('"', '%22')}"`
  })
  if (canonical.replace(/=\s*"[^"]*"(?=\s*(?:;|$))/g, '=').includes('"')) return 'has an unclosed or unescaped quote'
  if (new Set(names).size < names.length) return 'repeats a parameter'
  return parse(canonical, { multipart: true })
}

/** Browsers do not escape backslashes; clients that escape quotes do. */
const unescapeQuotes = (value: string): string => (value.includes('\\"') ? value.replace(/\\(["\\])/g, '$1') : value)
