import { ConfigError } from '../lib/config/config-error.ts'
import { ENVIRONMENT_NAMES, validateSetting } from '../lib/config/settings-table.ts'

/** Bytes of a function's environment as JSON, which is how Lambda measures its limit of 4 KB. */
export const MAX_ENVIRONMENT_BYTES = 4_096

/** Text, or a CloudFormation function that makes one. */
export type Environment = Record<string, unknown>

/**
 * The environment of a function: the variables that it reads. Values come from the stack, else from `operator` (what
 * `.env.<stage>` and the shell set); a setting that is not set is empty. Throws for a variable that is neither.
 */
export function functionEnvironment(names: readonly string[], stack: Environment, operator: NodeJS.ProcessEnv) {
  const settings = new Set<string>(ENVIRONMENT_NAMES)
  return Object.fromEntries(
    names.map((name): [string, unknown] => {
      if (Object.hasOwn(stack, name)) return [name, stack[name]]
      if (!settings.has(name)) throw new Error(`${name} is missing in provider.environment of serverless.yml.`)
      return [name, operator[name] ?? '']
    }),
  )
}

/** CloudFormation functions count as they are written: BASE_URL is longer in the template than on a stage. */
export const environmentBytes = (environment: Environment): number => Buffer.byteLength(JSON.stringify(environment))

/** One sentence for each environment that Lambda would reject, with its two longest settings. */
export const oversizedEnvironments = (environments: ReadonlyMap<string, Environment>): string[] =>
  [...environments].flatMap(([name, environment]) => {
    const bytes = environmentBytes(environment)
    if (bytes <= MAX_ENVIRONMENT_BYTES) return []
    const sizes = Object.entries(environment).map(([setting, value]) => [setting, environmentBytes({ value })] as const)
    const longest = sizes.toSorted(([, a], [, b]) => b - a).map(([setting]) => setting)
    const limit = `Lambda allows ${MAX_ENVIRONMENT_BYTES}`
    return [
      `The environment of the function ${name} has ${bytes} bytes; ${limit}. Shorten ${longest.slice(0, 2).join(' or ')}.`,
    ]
  })

/** Throws a `ConfigError` that names every setting of the operator that is invalid. */
export function validateEnvironment(operator: NodeJS.ProcessEnv): void {
  const issues = ENVIRONMENT_NAMES.flatMap((name) => {
    const message = operator[name] ? validateSetting(name, operator[name]) : null
    return message === null ? [] : [`${name} ${message}`]
  })
  if (issues.length > 0) throw new ConfigError(issues)
}
