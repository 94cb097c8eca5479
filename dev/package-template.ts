import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { settingsOfBundles } from './bundle-settings.ts'
import { DATA_TEMPLATE } from './data-template.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const templates = `${root}.latchkey/templates`

/** Inputs of the template besides the settings that each bundle reads. It is cached until one of them changes. */
const SOURCES = [
  'serverless.yml',
  'tables.yml',
  'webhooks.yml',
  'package.json',
  'dev/serverless-plugin.mjs',
  'dev/plugin.ts',
  'dev/environment.ts',
  'lib/config/settings-table.ts',
  'dev/roles.ts',
  'dev/alarms.ts',
  'dev/data-template.ts',
  'dev/deploy-data.ts',
  'dev/deployment-checks.ts',
  'dev/files-bucket.ts',
  'dev/alarm-definitions.ts',
  'dev/alarm-resource.ts',
  'dev/dashboard.ts',
  'dev/metric-math.ts',
  'dev/routes.ts',
  'dev/traffic-shifting.ts',
  'dev/webhook-recipients.ts',
  'dev/webhooks-file.ts',
  'dev/webhooks-issues.ts',
  'lib/config/webhook-presets.ts',
  'lib/config/webhook-schemas.ts',
  'lib/core/public-address.ts',
  '.env',
]

/**
 * Returns the file of the application's CloudFormation template that `serverless package` writes for a stage; it needs no AWS
 * account. The local run reads it and the template of the data stack, so that it cannot differ from what is deployed. Throws the
 * framework's message if serverless.yml is invalid. With `templateOnly`, a stage needs no `.env.<stage>` and no code, because
 * the template is never deployed. `choices` are settings.
 */
export async function packageTemplate(stage: string, choices: Readonly<Record<string, string>> = {}): Promise<string> {
  const contents = await Promise.all(
    [...SOURCES, `.env.${stage}`].map((file) => readFile(root + file, 'utf8').catch(() => '')),
  )
  const settings = [...(await settingsOfBundles())]
  const name = hash('sha256', JSON.stringify([stage, choices, contents, settings]), 'hex').slice(0, 16)
  const template = `${templates}/${name}.json`
  if (existsSync(template)) return template
  const folder = `${templates}/${name}-${process.pid}`
  try {
    await mkdir(templates, { recursive: true })
    await run(['package', '--stage', stage, '--package', folder, '--param', 'templateOnly=true'], choices)
    await rename(`${folder}/${DATA_TEMPLATE}`, dataTemplateFile(template))
    await rename(`${folder}/cloudformation-template-update-stack.json`, template)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return template
}

/** The file of the data stack's template, for the file that `packageTemplate` returns. */
export const dataTemplateFile = (template: string): string => template.replace(/\.json$/, '-data.json')

async function run(args: string[], choices: Readonly<Record<string, string>>): Promise<void> {
  const command = `${root}node_modules/serverless/bin/serverless.js`
  // Settings of this shell must not reach the template: the local run passes them to the functions itself.
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...choices }
  try {
    await promisify(execFile)(process.execPath, [command, ...args], { cwd: root, env })
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    const message = output
      .split(/^Error:\s*$/m)[1]
      ?.trim()
      .split('\n')[0]
    throw new Error(`serverless.yml cannot be packaged: ${message ?? 'run npx serverless package to see why'}`)
  }
}
