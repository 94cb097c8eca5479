/** Parses JSON. Returns undefined for invalid JSON: the error of the parser would quote the text. */
export function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
