const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 }

/**
 * Seconds that a Retry-After header asks for: a number (RFC 9110 section 10.2.3), one with a unit as some providers
 * write it (`30s`, `2m`), or a date. Undefined where there is none, or none that makes sense.
 */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
  const [, amount, unit = ''] = /^\s*(\d{1,6}(?:\.\d{1,6})?)\s*([smh]?)\s*$/i.exec(header ?? '') ?? []
  if (amount !== undefined) return Math.ceil(Number(amount) * (UNIT_SECONDS[unit.toLowerCase()] ?? 1))
  const date = Date.parse(header ?? '')
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000))
}
