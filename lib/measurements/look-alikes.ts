/** Starts of bodies that only JSON has: an object or a list of rows. */
const JSON_START = /^\s*(?:\{\s*["}]|\[\s*[[{\]])/
/** One line of `name=value` pairs. */
const FORM = /^[^\s=&,;"]+=[^\s&,;"]*(?:&[^\s=&,;"]+=[^\s&,;"]*)*\s*$/

/** Whether a body is JSON or the start of JSON, whatever its Content-Type. */
export const looksLikeJson = (text: string): boolean => JSON_START.test(text)

/** Whether a body is HTML or XML, such as the page of a portal that a device received instead of its data. */
export const looksLikeMarkup = (text: string): boolean => /^\s*<[!?a-z]/i.test(text)

export const looksLikeForm = (text: string): boolean => FORM.test(text)

/**
 * Whether a body with the Content-Type of a form is CSV: its first name has a line ending, or it has separators and no
 * pair. `curl -d @file` sends this type by default, and removes the line endings.
 */
export function looksLikeCsv(text: string): boolean {
  const body = text.trim()
  const name = /^[^=&]*/.exec(body)?.[0] ?? ''
  return /[\r\n]/.test(name) || (!/[=&]/.test(body) && /[,;\t]/.test(body))
}
