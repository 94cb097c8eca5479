import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { settingsOfBundles } from './bundle-settings.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const templates = `${root}.latchkey/templates`

/** What the template is made of, besides the settings that each bundle reads. */
const SOURCES = [
  'serverless.yml',
  'package.json',
  'dev/serverless-plugin.mjs',
  'dev/plugin.ts',
  'dev/environment.ts',
  'lib/config/settings-table.ts',
  'dev/roles.ts',
  'dev/alarms.ts',
  '.env',
]

/**
 * The CloudFormation template that `serverless package` writes for a stage, which needs no AWS account: what is
 * deployed and what runs locally cannot differ. Made anew when its sources have changed; throws with the command's own
 * words when serverless.yml is broken.
 */
export async function packageTemplate(stage: string): Promise<string> {
  const contents = await Promise.all(SOURCES.map((file) => readFile(root + file, 'utf8').catch(() => '')))
  const settings = [...(await settingsOfBundles())]
  const name = createHash('sha256')
    .update(JSON.stringify([stage, contents, settings]))
    .digest('hex')
    .slice(0, 16)
  const template = `${templates}/${name}.json`
  if (existsSync(template)) return template
  const folder = `${templates}/${name}-${process.pid}`
  try {
    await mkdir(templates, { recursive: true })
    await run(['package', '--stage', stage, '--package', folder])
    await rename(`${folder}/cloudformation-template-update-stack.json`, template)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return template
}

async function run(args: string[]): Promise<void> {
  const command = `${root}node_modules/serverless/bin/serverless.js`
  // Settings of this shell do not belong into the template: the local run hands them to the functions itself.
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' }
  try {
    await promisify(execFile)(process.execPath, [command, ...args], { cwd: root, env })
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    const sentence = said
      .split(/^Error:\s*$/m)[1]
      ?.trim()
      .split('\n')[0]
    throw new Error(`serverless.yml cannot be packaged: ${sentence ?? 'run npx serverless package to see why'}`)
  }
}
