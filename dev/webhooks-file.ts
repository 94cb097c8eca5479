import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import * as z from 'zod'
import { providerName, type WebhookProvider, webhookEntries } from '../lib/config/webhook-schemas.ts'
import { SetupError } from './setup-error.ts'
import { missingRecipient, ofStage, recipientIssues } from './webhook-recipients.ts'
import { webhookParameters } from './webhook-secrets.ts'
import { entryIssues } from './webhooks-issues.ts'

const FILE = fileURLToPath(new URL('../webhooks.yml', import.meta.url))

const entries = z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).nullable()

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
  /** A line for each provider that has recipients, but none in this stage. */
  notices: string[]
}

/**
 * The entries of webhooks.yml for a stage, validated. A `target` or `bus` is a text for all deployed stages, or a map by
 * stage. Throws a `SetupError` that names every invalid member.
 */
export function stageWebhooks(stage: string, yaml: string = readYaml(FILE)): StageWebhooks {
  const content = parseYaml(yaml)
  const parsed = entries.safeParse(content)
  if (!parsed.success) throw new SetupError('webhooks.yml must have an entry for each provider.')
  const all = Object.entries(parsed.data ?? {}).map(([name, entry]) => ({ name, entry: entry ?? {} }))
  const own = Object.fromEntries(all.map(({ name, entry }) => [name, ofStage(entry, stage)]))
  const faults = all.flatMap(({ name, entry }) => recipientIssues(name, entry))
  const checked = webhookEntries.safeParse(
    // Their recipients have lines already, by stage.
    faults.length === 0
      ? own
      : Object.fromEntries(all.map(({ name, entry: { target, bus, ...others } }) => [name, others])),
  )
  const issues = [
    ...reservedNameIssues(content),
    ...(checked.error ? entryIssues(checked.error.issues, own) : []),
    ...faults,
  ]
  if (!checked.success || issues.length > 0) throw new SetupError(`webhooks.yml is invalid:\n- ${issues.join('\n- ')}`)
  const providers = [...checked.data.values()]
  const parameters = webhookParameters(providers)
  const namesOf = (isTarget: boolean) =>
    parameters.flatMap(({ name, schemes }) =>
      name.startsWith('WEBHOOK_') && (schemes.length === 0) === isTarget ? [name] : [],
    )
  return {
    text: JSON.stringify(own),
    names: Object.keys(own),
    providers: checked.data,
    buses: [...new Set(providers.flatMap(({ bus }) => (bus === undefined ? [] : [bus])))],
    secrets: namesOf(false),
    targetSecrets: namesOf(true),
    notices: all.flatMap(({ name, entry }) => missingRecipient(name, entry, stage)),
  }
}

/** Returns the file's text: an empty one if it does not exist, as without entries. */
export function readYaml(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

function parseYaml(yaml: string): unknown {
  try {
    return parse(yaml)
  } catch (error) {
    throw new SetupError(`webhooks.yml is not YAML: ${error instanceof Error ? error.message : 'unreadable'}`)
  }
}

/** zod omits a member with this name. */
function reservedNameIssues(content: unknown): string[] {
  const name = '__proto__'
  if (typeof content !== 'object' || content === null || !Object.hasOwn(content, name)) return []
  return [`${name} ${providerName.safeParse(name).error?.issues[0]?.message}`]
}
