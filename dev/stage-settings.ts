import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { isSecret, SETTING_NAMES } from '../lib/config/settings-table.ts'

/** Variables in `.env.<stage>` that are not for Latchkey. */
const FOREIGN = /^(?:AWS|NODE|NPM|SLS|SERVERLESS)_/

interface Deployment {
  /** The folder of serverless.yml, which ends with `/`. */
  folder: string
  stage: string
  /** Whether `--param defaults=true` allows a stage without `.env.<stage>`. */
  acceptDefaults: boolean
  environment: NodeJS.ProcessEnv
}

/**
 * Returns what is wrong with the source of a stage's settings: a sentence for each issue. The framework reads
 * `.env.<stage>`, or else the `.env` of the local run.
 */
export function stageFileIssues({ folder, stage, acceptDefaults, environment }: Deployment): string[] {
  const file = `.env.${stage}`
  if (existsSync(folder + file)) return misspelledNames(folder, file)
  if (!acceptDefaults)
    return [`${file} is missing: write the settings of this stage into it, or add --param="defaults=true".`]
  const local = existsSync(`${folder}.env`) ? parseEnv(readFileSync(`${folder}.env`, 'utf8')) : {}
  const leaked = SETTING_NAMES.filter((name) => !isSecret(name) && local[name] && local[name] === environment[name])
  return leaked.length === 0 ? [] : [`${leaked.join(', ')} would come from the .env of the local run: create ${file}.`]
}

function misspelledNames(folder: string, file: string): string[] {
  const known = new Set<string>(SETTING_NAMES)
  const unknown = Object.keys(parseEnv(readFileSync(folder + file, 'utf8'))).filter((name) => !known.has(name))
  const misspelled = unknown.filter((name) => !FOREIGN.test(name)).toSorted()
  return misspelled.map((name) => `${name} in ${file} is not a setting of Latchkey.`)
}
