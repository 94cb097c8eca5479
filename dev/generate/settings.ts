import type * as z from 'zod/mini'
import { SETTING_DOCS, SETTING_GROUPS, type SettingDocs } from '../../lib/config/settings-docs.ts'
import { isSecret, kindOf, SETTING_NAMES, SETTINGS, type SettingName } from '../../lib/config/settings-table.ts'
import { MAX_ENVIRONMENT_BYTES } from '../environment.ts'

type Group = SettingDocs['group']

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
  change. \`npm run latchkey -- setup\` writes them; \`.env.<stage>\` cannot set them.

An empty value means that the setting is not set. A function gets only the settings that it reads. Lambda allows
${MAX_ENVIRONMENT_BYTES.toLocaleString('en')} bytes for the names and values of one function; above that, \`serverless package\` fails and names the function.
`

function settingsReference(): string {
  const sections = settingsByGroup().map(([group, names]) => {
    const { title, intro } = groupDocs(group)
    const rows = names.map((name) => {
      const place = PLACES[kindOf(name) ?? 'environment']
      const cells = [
        `\`${name}\``,
        shownDefault(name),
        SETTING_DOCS[name].meaning,
        isSecret(name) ? 'yes' : 'no',
        place,
      ]
      return `| ${cells.join(' | ')} |`
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

function envExample(): string {
  const sections = settingsByGroup()
    .map(([group, names]) => [group, names.filter((name) => kindOf(name) !== 'stack')] as const)
    .filter(([, names]) => names.length > 0)
    .map(([group, names]) => {
      const { title, intro } = groupDocs(group)
      const heading = [`# --- ${title} ---`, ...(intro === undefined ? [] : comment(plainText(intro)))]
      const settings = names.map((name) => [
        ...comment(plainText(SETTING_DOCS[name].meaning)),
        `# ${name}=${SETTING_DOCS[name].example ?? schemaDefault(name) ?? ''}`,
      ])
      return [heading, ...settings].map((lines) => lines.join('\n')).join('\n\n')
    })
  return `${[ENV_HEADER.trimEnd(), ...sections].join('\n\n')}\n`
}

const settingsByGroup = (): [Group, SettingName[]][] => {
  const names = Map.groupBy(SETTING_NAMES, (name) => SETTING_DOCS[name].group)
  const order = Object.keys(SETTING_GROUPS)
  return [...names].toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b))
}

const groupDocs = (group: Group): { title: string; intro?: string } => SETTING_GROUPS[group]

/** The default in Markdown: what the docs say, else what the schema says. */
function shownDefault(name: SettingName): string {
  if (kindOf(name) === 'stack') return '–'
  const text = schemaDefault(name)
  return SETTING_DOCS[name].default ?? (text ? `\`${text}\`` : 'none')
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
