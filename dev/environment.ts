import { ENVIRONMENT_NAMES, kindOf, SETTING_NAMES, validateSetting } from '../lib/config/settings-table.ts'

/** Bytes of a function's environment as JSON, which is how Lambda measures its limit of 4 KB. */
export const MAX_ENVIRONMENT_BYTES = 4_096

/** Text, or a CloudFormation function that makes one. */
export type Environment = Record<string, unknown>

/**
 * The environment of a function: the variables that it reads. Settings come from `operator` (what `.env.<stage>` and the
 * shell set), else from the stack; a setting that is not set is empty. Other variables come from the stack. Throws for a
 * variable that is neither.
 */
export function functionEnvironment(names: readonly string[], stack: Environment, operator: NodeJS.ProcessEnv) {
  const settings = new Set<string>(ENVIRONMENT_NAMES)
  return Object.fromEntries(
    names.map((name): [string, unknown] => {
      if (settings.has(name)) return [name, operator[name] || (stack[name] ?? '')]
      if (Object.hasOwn(stack, name)) return [name, stack[name]]
      throw new Error(`${name} is missing in provider.environment of serverless.yml.`)
    }),
  )
}

/** Measures CloudFormation functions as text, so that PUBLIC_URL is longer here than on a stage. */
export const environmentBytes = (environment: Environment): number => Buffer.byteLength(JSON.stringify(environment))

/** One sentence for each environment that Lambda would reject. It names the operator's longest setting. */
export const oversizedEnvironments = (environments: ReadonlyMap<string, Environment>): string[] =>
  [...environments].flatMap(([name, environment]) => {
    const bytes = environmentBytes(environment)
    if (bytes <= MAX_ENVIRONMENT_BYTES) return []
    const bytesOf = (setting: string) => environmentBytes({ [setting]: environment[setting] ?? '' })
    const [longest] = [...ENVIRONMENT_NAMES, 'WEBHOOKS'].toSorted((a, b) => bytesOf(b) - bytesOf(a))
    const sentence = `The environment of the function ${name} has ${bytes} bytes; Lambda allows ${MAX_ENVIRONMENT_BYTES}.`
    return [`${sentence} Shorten ${longest === 'WEBHOOKS' ? 'webhooks.yml' : longest}.`]
  })

/** Settings that a deployment reads: those of functions, and those that only the framework reads. */
export const OPERATOR_NAMES = SETTING_NAMES.filter((name) => ['deploy', undefined].includes(kindOf(name)))

/** The origins in `CORS_ORIGINS`; an empty setting is the default, as everywhere. */
export const splitOrigins = (text: string): string[] => (text.trim() || '*').split(',').map((origin) => origin.trim())

/** Returns an issue for each setting of the operator that is invalid, without its value. */
export function environmentIssues(operator: NodeJS.ProcessEnv): string[] {
  const issues = OPERATOR_NAMES.flatMap((name) => {
    const message = operator[name] ? validateSetting(name, operator[name]) : null
    return message === null ? [] : [`${name} ${message}.`]
  })
  if (!operator['DOMAIN_NAME'] !== !operator['CERTIFICATE_ARN'])
    issues.push('DOMAIN_NAME and CERTIFICATE_ARN must be set together.')
  return issues
}
