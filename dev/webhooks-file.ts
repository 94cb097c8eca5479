import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import * as z from 'zod'
import { PRESETS } from '../lib/config/webhook-presets.ts'
import { type WebhookProvider, webhookEntries } from '../lib/config/webhook-schemas.ts'
import { SetupError } from './setup-error.ts'
import { webhookParameters } from './webhook-secrets.ts'

const FILE = fileURLToPath(new URL('../webhooks.yml', import.meta.url))

const entries = z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).nullable()
const byStage = z.record(z.string(), z.string())

export interface StageWebhooks {
  /** The entries as JSON, for the setting WEBHOOKS. */
  text: string
  /** The names of the providers that the file has. */
  names: string[]
  /** The providers by name, with the built-in ones. */
  providers: ReadonlyMap<string, WebhookProvider>
  /** The EventBridge buses that get events. */
  buses: string[]
  /** The parameters with secrets that prove the sender, without those of the settings table. */
  secrets: string[]
  /** The parameters with secrets that sign what targets get. */
  targetSecrets: string[]
}

/**
 * The entries of webhooks.yml for a stage, validated. A `target` or `bus` is a text for all deployed stages, or a map by
 * stage. Throws a `SetupError` that names every invalid member.
 */
export function stageWebhooks(stage: string, yaml: string = readFileSync(FILE, 'utf8')): StageWebhooks {
  const parsed = entries.safeParse(parseYaml(yaml))
  if (!parsed.success) throw new SetupError('webhooks.yml must have an entry for each provider.')
  const own = Object.entries(parsed.data ?? {}).map(([name, entry]) => [name, ofStage(entry ?? {}, stage)] as const)
  const checked = webhookEntries.safeParse(Object.fromEntries(own))
  if (!checked.success)
    throw new SetupError(`webhooks.yml is invalid:\n- ${issuesOf(checked.error.issues).join('\n- ')}`)
  const plainText = [...checked.data.values()].filter(
    ({ target }) => stage !== 'local' && target !== undefined && !target.startsWith('https:'),
  )
  if (plainText.length > 0)
    throw new SetupError(
      `webhooks.yml: the target of ${plainText.map(({ name }) => name).join()} must be an https URL.`,
    )
  const providers = [...checked.data.values()]
  const parameters = webhookParameters(providers)
  const namesOf = (isTarget: boolean) =>
    parameters.flatMap(({ name, schemes }) =>
      name.startsWith('WEBHOOK_') && (schemes.length === 0) === isTarget ? [name] : [],
    )
  return {
    text: JSON.stringify(Object.fromEntries(own)),
    names: own.map(([name]) => name),
    providers: checked.data,
    buses: [...new Set(providers.flatMap(({ bus }) => (bus === undefined ? [] : [bus])))],
    secrets: namesOf(false),
    targetSecrets: namesOf(true),
  }
}

function parseYaml(yaml: string): unknown {
  try {
    return parse(yaml)
  } catch (error) {
    throw new SetupError(`webhooks.yml is not YAML: ${error instanceof Error ? error.message : 'unreadable'}`)
  }
}

/** An entry with the recipients of one stage. The local run has none, unless the entry names it. */
function ofStage(entry: Readonly<Record<string, unknown>>, stage: string): Record<string, unknown> {
  const { target, bus, ...others } = entry
  const recipients = Object.entries({ target, bus }).flatMap(([name, value]): [string, unknown][] => {
    const stages = byStage.safeParse(value)
    const own = stages.success ? stages.data[stage] : stage === 'local' ? undefined : value
    return own === undefined ? [] : [[name, own]]
  })
  return { ...others, ...Object.fromEntries(recipients) }
}

/** One line for each issue, with its place such as `stripe.verify`. Values are not quoted. */
const issuesOf = (issues: readonly z.core.$ZodIssue[]): string[] =>
  issues.map((issue) => {
    const place = issue.path.join('.')
    if (issue.code === 'unrecognized_keys' && issue.keys.includes('like'))
      return `${place}.like must be one of ${Object.keys(PRESETS).join(', ')}`
    if (issue.code === 'unrecognized_keys') return `${place} has an unknown member: ${issue.keys.join(', ')}`
    if (issue.code === 'invalid_key') return `${place} ${issue.issues[0]?.message ?? 'has an invalid name'}`
    if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return `${place} is missing`
    return `${place} ${issue.message}`
  })
