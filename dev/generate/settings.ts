import type * as z from 'zod/mini'
import { SETTING_GROUPS } from '../../lib/config/settings-docs.ts'
import { isSecret, kindOf, SETTING_NAMES, SETTINGS, type SettingName } from '../../lib/config/settings-table.ts'
import { MAX_ENVIRONMENT_BYTES } from '../environment.ts'

/** The documents that are made from the table of settings: text by path. */
export const generateSettings = (): Record<string, string> => ({
  '.env.example': envExample(),
  'docs/reference/settings.md': settingsReference(),
})

const PLACES = {
  environment: '`.env`, `.env.<stage>`',
  secret: '`.env`, Parameter Store',
  local: '`.env`',
  deploy: '`.env.<stage>`',
  stack: '`serverless.yml`',
}

const HEADER = `# Settings

<!-- Written by \`npm run docs -- --write\` from lib/config/settings-table.ts and lib/config/settings-docs.ts. -->

Settings are environment variables.

- \`npm start\` reads them from \`.env\`; restart it after a change. \`.env.example\` lists all that you can set.
- \`serverless deploy\` reads them from \`.env.<stage>\` and from its own environment, which takes precedence.
- Deployed functions read secrets from SSM Parameter Store, \`/latchkey/<stage>/<name>\`, within five minutes of a
  change. \`npx latchkey setup\` writes them; \`.env.<stage>\` cannot set them.

An empty value means that the setting is not set. A function gets only the settings that it reads. Lambda allows
${MAX_ENVIRONMENT_BYTES.toLocaleString('en')} bytes for the names and values of one function; above that, \`serverless package\` fails and names the function.
`

/** The groups, each with its settings. */
function settingsByGroup() {
  const groups = SETTING_GROUPS.map(({ settings, ...group }) => ({
    ...group,
    settings: SETTING_NAMES.flatMap((name) => {
      const docs = settings[name]
      if (docs === undefined) return []
      return [
        {
          name,
          kind: kindOf(name),
          schemaDefault: schemaDefault(name),
          ...(typeof docs === 'string' ? { meaning: docs } : docs),
        },
      ]
    }),
  }))
  const described = groups.flatMap(({ settings }) => settings.map(({ name }) => name))
  const missing = SETTING_NAMES.filter((name) => !described.includes(name))
  if (missing.length > 0) throw new Error(`lib/config/settings-docs.ts does not describe ${missing.join(', ')}.`)
  return groups
}

function settingsReference(): string {
  const sections = settingsByGroup().map(({ title, intro, settings }) => {
    const rows = settings.map(({ name, kind, meaning, ...setting }) => {
      const text = setting.default ?? (setting.schemaDefault ? `\`${setting.schemaDefault}\`` : 'none')
      const cells = [
        kind === 'stack' ? '–' : text,
        meaning,
        isSecret(name) ? 'yes' : 'no',
        PLACES[kind ?? 'environment'],
      ]
      return `| ${[`\`${name}\``, ...cells].join(' | ')} |`
    })
    const table = ['| setting | default | meaning | secret | where to set it |', '|---|---|---|---|---|', ...rows]
    return [`## ${title}`, ...(intro === undefined ? [] : [intro]), table.join('\n')].join('\n\n')
  })
  return `${[HEADER.trimEnd(), ...sections].join('\n\n')}\n`
}

const ENV_HEADER = `# Settings of the local run: copy this file to .env and change what you need. Every setting has a default.
# A deployment reads the same names from .env.<stage>, but its secrets from SSM Parameter Store.
# Written by npm run docs -- --write; docs/reference/settings.md explains more.
`

const ENV_WEBHOOKS = `# --- Secrets of webhooks.yml ---
# Each provider has a secret, such as WEBHOOK_STRIPE=whsec_abc. The local run derives the missing ones.
# docs/guides/receive-webhooks.md explains more.`

function envExample(): string {
  const sections = settingsByGroup()
    .map((group) => ({ ...group, settings: group.settings.filter(({ kind }) => kind !== 'stack') }))
    .filter(({ settings }) => settings.length > 0)
    .map(({ title, intro, settings }) => {
      const heading = [`# --- ${title} ---`, ...(intro === undefined ? [] : comment(plainText(intro)))]
      const entries = settings.map(({ name, meaning, example, schemaDefault }) => [
        ...comment(plainText(meaning)),
        `# ${name}=${example ?? schemaDefault ?? ''}`,
      ])
      return [heading, ...entries].map((lines) => lines.join('\n')).join('\n\n')
    })
  return `${[ENV_HEADER.trimEnd(), ...sections, ENV_WEBHOOKS].join('\n\n')}\n`
}

/** The default in a schema as a setting has it; null without one. */
function schemaDefault(name: SettingName): string | null {
  const { def }: { def: z.core.$ZodTypeDef & { defaultValue?: unknown } } = SETTINGS[name].schema()
  return 'defaultValue' in def ? String(def.defaultValue) : null
}

const plainText = (markdown: string): string => markdown.replaceAll('`', '')

const WIDTH = 118

/** Lines of a comment, wrapped between words. */
function comment(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + word.length < WIDTH) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(`# ${word}`)
  }
  return lines
}
