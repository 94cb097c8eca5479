import { Problem } from '../core/problem.ts'

/** Names each setting that is missing or invalid, and what is wrong with it. Never quotes a value. */
export class ConfigError extends Error {
  constructor(issues: string[]) {
    super(`Settings: ${issues.join('; ')}.`)
    this.name = 'ConfigError'
  }
}

/** The error of an endpoint whose provider needs settings that are missing. */
export const settingsMissing = (...names: string[]) =>
  new Problem(
    'provider_not_configured',
    `${names.join(' and ')} ${names.length === 1 ? 'is not set' : 'are not set'}: see the README, Settings.`,
  )
