import { Problem } from '../core/problem.ts'

/** Names each missing or invalid setting and its error. Never quotes a value. */
export class ConfigError extends Error {
  constructor(issues: string[]) {
    super(`Settings: ${issues.join('; ')}.`)
    this.name = 'ConfigError'
  }
}

/** The problem of an endpoint whose provider lacks settings. */
export const settingsMissing = (...names: string[]) =>
  new Problem(
    'provider_not_configured',
    `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} missing. The operator must set ${names.length === 1 ? 'it' : 'them'}.`,
  )
