/** Seconds of the units other than the default, a second. */
const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, m: 60, h: 3600 }

/**
 * Seconds of a Retry-After header, from one second to one hour. The header contains a number or a date (RFC 9110
 * section 10.2.3). Some providers send a number with a unit (`30s`, `800ms`). Undefined without a valid header.
 */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
  const text = header ?? ''
  const [, amount, unit = ''] = /^\s*(\d{1,6}(?:\.\d{1,6})?)\s*(ms|[smh]?)\s*$/i.exec(text) ?? []
  if (amount !== undefined) return clampSeconds(Number(amount) * (UNIT_SECONDS[unit.toLowerCase()] ?? 1))
  // JavaScript parses almost any text as a date; an HTTP date starts with a weekday and contains a time.
  const isDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/.test(text)
  const date = Date.parse(isDate ? text : '')
  return Number.isNaN(date) ? undefined : clampSeconds((date - now) / 1000)
}

const clampSeconds = (seconds: number): number => Math.min(Math.max(Math.ceil(seconds), 1), 3_600)
