/** In this order where several fit equally: a comma is often part of a number or a name. */
const CANDIDATES = ['\t', ';', ',']
const SAMPLE_LINES = 20
const SAMPLE_CHARACTERS = 20_000

/**
 * The separator of a CSV text that starts with its names: a tab, a semicolon or a comma. It is one that the first line
 * has, and that most of the next lines have as often. `columns` is the number of columns, if known.
 */
export function detectDelimiter(text: string, columns?: number): string {
  const lines = sampleLines(text)
  let best = ','
  let bestScore = 0
  for (const candidate of CANDIDATES) {
    const counts = lines.map((line) => line.split(candidate).length - 1)
    const wanted = columns === undefined ? (counts[0] ?? 0) : columns - 1
    // A separator at the end of each line is common.
    const fitting = counts.filter((count) => count > 0 && (count === wanted || count === wanted + 1))
    const score = (counts[0] ?? 0) === 0 ? 0 : 1 + fitting.length
    if (score > bestScore) [best, bestScore] = [candidate, score]
  }
  return best
}

/** The first lines without what is in quotes, comments and empty lines. */
function sampleLines(text: string): string[] {
  return text
    .slice(0, SAMPLE_CHARACTERS)
    .replace(/"[^"]*"/g, '')
    .split(/[\r\n]+/)
    .filter((line, index) => line.trim() !== '' && (index === 0 || !line.startsWith('#')))
    .slice(0, SAMPLE_LINES)
}
