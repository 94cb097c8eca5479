/** One sentence a setting, all of them together; never a value. */
export class ConfigError extends Error {
  constructor(issues: string[]) {
    super(`Settings: ${issues.join('; ')}.`)
    this.name = 'ConfigError'
  }
}
