import { challengeHeaders, type FormatError, json, publicDetail } from './response.ts'

/** Codes of InfluxDB 2, by status. */
const CODES: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  413: 'request too large',
  415: 'unsupported media type',
  429: 'too many requests',
  500: 'internal error',
  503: 'unavailable',
}
const OTHER_CODE = 'invalid'

export const INFLUX_CODES = [OTHER_CODE, ...Object.values(CODES)] as const

/**
 * Formats a problem as `{code, message, line}`, as InfluxDB 2 does. An upload beyond a limit is 413, because Telegraf then
 * sends it in two parts.
 */
export const formatInfluxError: FormatError = (problem) => {
  const status = problem.code === 'limit_exceeded' ? 413 : problem.status
  const line = problem.issues.find((issue) => issue.line !== undefined)?.line
  const body = {
    code: CODES[status] ?? OTHER_CODE,
    message: publicDetail(problem),
    ...(line !== undefined && { line }),
  }
  return json(status, body, { ...challengeHeaders(problem), ...problem.headers })
}
