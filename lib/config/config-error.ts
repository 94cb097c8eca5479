/** One sentence a setting, all of them together; never a value. */
export class ConfigError extends Error {
  constructor(faults: string[]) {
    super(`Settings: ${faults.join('; ')}.`)
    this.name = 'ConfigError'
  }
}
