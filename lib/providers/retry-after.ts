const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, ms: 0.001, s: 1, m: 60, h: 3600 }

/**
 * Seconds that a Retry-After header asks for: a number (RFC 9110 section 10.2.3), one with a unit as some providers
 * write it (`30s`, `800ms`), or a date. Undefined where there is none, or none that makes sense. At
 * least a second, at most an hour.
 */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
  const [, amount, unit = ''] = /^\s*(\d{1,6}(?:\.\d{1,6})?)\s*(ms|[smh]?)\s*$/i.exec(header ?? '') ?? []
  if (amount !== undefined) return bounded(Number(amount) * (UNIT_SECONDS[unit.toLowerCase()] ?? 1))
  // JavaScript takes almost anything for a date; those of HTTP begin with a weekday and hold a time.
  const date = Date.parse(
    /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/.test(header ?? '') ? (header ?? '') : '',
  )
  return Number.isNaN(date) ? undefined : bounded((date - now) / 1000)
}

const bounded = (seconds: number): number => Math.min(Math.max(Math.ceil(seconds), 1), 3_600)
