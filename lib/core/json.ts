/** The value of a JSON text; undefined where the text is not JSON. The parser's own error would quote the text. */
export function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
