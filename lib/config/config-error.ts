/** Names each setting that is missing or invalid, and what is wrong with it. Never quotes a value. */
export class ConfigError extends Error {
  constructor(issues: string[]) {
    super(`Settings: ${issues.join('; ')}.`)
    this.name = 'ConfigError'
  }
}
