// @module-tag local-only
// It checks files, not the HTTP API.
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { build } from 'esbuild'
import { describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { bundleOptions } from '../../dev/bundle.ts'
import { environmentBytes, functionEnvironment, MAX_ENVIRONMENT_BYTES } from '../../dev/environment.ts'
import { SETTING_GROUPS } from '../../lib/config/settings-docs.ts'
import {
  ENVIRONMENT_NAMES,
  isSecret,
  kindOf,
  SECRET_NAMES,
  SETTING_NAMES,
  validateSetting,
} from '../../lib/config/settings-table.ts'
import { usesOf } from '../support/permissions.ts'

const serverlessYml = readFileSync('serverless.yml', 'utf8')
const envExample = readFileSync('.env.example', 'utf8')

const lambda = z.object({
  Type: z.literal('AWS::Lambda::Function'),
  Properties: z.object({
    Handler: z.string(),
    Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
  }),
})
const { Resources } = z
  .object({ Resources: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(inject('templateFile'), 'utf8')))
const functions = Object.entries(Resources).flatMap(([name, value]) => {
  const { data } = lambda.safeParse(value)
  if (!data) return []
  const { Handler, Environment } = data.Properties
  return [{ name, file: Handler.replace(/^dist\/(.*)\.handler$/, '$1.mjs'), environment: Environment.Variables }]
})

/** The deployed code without packages, as in the test of the roles. */
const { outputFiles } = await build({
  ...bundleOptions(),
  write: false,
  packages: 'external',
  minifySyntax: false,
  minifyWhitespace: false,
})
const bundles = new Map(outputFiles.map(({ path, text }) => [path.replace(/^.*\//, ''), text]))

/** The variables that a bundle reads: with `getSettings`, in its own function, and in the packages that it imports. */
function variablesOf(file: string): string[] {
  const code = bundles.get(file) ?? ''
  const ownCode = code.slice(code.lastIndexOf('\n// functions/'))
  const { settings, secrets } = usesOf(code, new Set(['SESSIONS_TABLE', 'TOKENS_TABLE']))
  return [
    ...SETTING_NAMES.filter((name) => settings.has(name) && !isSecret(name)),
    ...SETTING_NAMES.filter((name) => ownCode.includes(`process.env["${name}"]`)),
    ...(secrets.length > 0 ? ['PARAMETER_PATH'] : []),
    ...(code.includes('"@aws-lambda-powertools/logger"') ? ['POWERTOOLS_LOG_LEVEL'] : []),
    ...(code.includes('"@aws-lambda-powertools/metrics"') ? ['POWERTOOLS_METRICS_NAMESPACE'] : []),
  ].toSorted()
}

describe('the environment of', () => {
  it.each(functions)('$name has exactly the settings that its code reads', ({ file, environment }) => {
    expect(Object.keys(environment).toSorted()).toEqual(variablesOf(file))
  })

  it.each(functions)('$name leaves room for long values within the 4 KB of Lambda', ({ file }) => {
    const stack = Object.fromEntries(SETTING_NAMES.map((name) => [name, 'x'.repeat(100)]))
    for (const name of ENVIRONMENT_NAMES) delete stack[name]
    const documented = parseEnv(envExample.replaceAll(/^# (?=[A-Z_]+=)/gm, ''))
    const environment = functionEnvironment(variablesOf(file), stack, documented)
    // Room for the client ids that OSEM_CLIENTS may reasonably have: 50 of 37 characters.
    expect(environmentBytes(environment)).toBeLessThan(MAX_ENVIRONMENT_BYTES - 50 * 37)
  })

  it('any function has no secret', () => {
    expect(functions).toHaveLength(bundles.size)
    const names = functions.flatMap(({ environment }) => Object.keys(environment))
    expect(names.filter((name) => SECRET_NAMES.some((secret) => secret === name))).toEqual([])
  })
})

describe('serverless.yml', () => {
  it('reads the settings of the deployment, and sets those of the stack', () => {
    const files = ['dev/plugin.ts', 'dev/deploy-data.ts', 'dev/deployment-checks.ts']
    const plugin = files.map((file) => readFileSync(file, 'utf8')).join('')
    const calls = plugin.match(/await getSettings\(.*?\)/gs) ?? []
    const inPlugin = calls.flatMap((call) => [...call.matchAll(/'(\w+)'/g)])
    const read = new Set([...serverlessYml.matchAll(/\$\{env:(\w+)/g), ...inPlugin].map(([, name]) => name))
    read.delete('SLASH_ROUTES') // functions read it too
    expect([...read].toSorted()).toEqual(SETTING_NAMES.filter((name) => kindOf(name) === 'deploy').toSorted())
    const [, block = ''] = /^ {2}environment:\n((?: {4}.*\n)+)/m.exec(serverlessYml) ?? []
    const set = [...block.matchAll(/^ {4}(\w+):/gm)].map(([, name]) => name)
    // The stack knows the default of PUBLIC_URL.
    const ofStack = SETTING_NAMES.filter((name) => kindOf(name) === 'stack' || name === 'PUBLIC_URL')
    expect(set.toSorted()).toEqual(ofStack.toSorted())
  })
})

describe('the documentation of settings', () => {
  it('.env.example sets nothing, and contains a valid value for each setting', () => {
    expect(parseEnv(envExample)).toEqual({})
    const shown = parseEnv(envExample.replaceAll(/^# (?=[A-Z_]+=)/gm, ''))
    expect(Object.keys(shown).toSorted()).toEqual(SETTING_NAMES.filter((name) => kindOf(name) !== 'stack').toSorted())
    const invalid = SETTING_NAMES.filter((name) => shown[name] && validateSetting(name, shown[name]) !== null)
    // The only setting that is the path of a file.
    expect(invalid).toEqual(['HLSERVER_PARTNER_KEY'])
  })

  const docs = SETTING_GROUPS.flatMap(({ settings }) => Object.entries(settings))
  it.each(docs)('%s has sentences that fit into a table cell', (_, setting) => {
    expect(typeof setting === 'string' ? setting : setting.meaning).toMatch(/^[A-Z0-9`][^|\n]*\.$/)
  })
})
