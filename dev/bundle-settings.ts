import { basename } from 'node:path'
import { build } from 'esbuild'
import { isSecret, SETTING_NAMES } from '../lib/config/settings-table.ts'
import { bundleOptions } from './bundle.ts'

/** Variables that packages read themselves. */
const PACKAGE_VARIABLES: Readonly<Record<string, string>> = {
  '@aws-lambda-powertools/logger': 'POWERTOOLS_LOG_LEVEL',
  '@aws-lambda-powertools/metrics': 'POWERTOOLS_METRICS_NAMESPACE',
}

/** esbuild writes the path of each module above its code. */
const MODULE_PATH = /^\/\/ (\S+\.ts)$/m
const TEXT = /(["'`])([A-Z][A-Z0-9_]+)\1/g

/**
 * The environment variables that each function reads, by bundle (`upload.mjs`): sorted, without secrets. A bundle reads a
 * setting if a module that tree shaking leaves contains its name as a string, except the table of settings itself. The
 * list can have too many settings but never too few, because the arguments of `getSettings` are literal names.
 */
export async function settingsOfBundles(): Promise<Map<string, string[]>> {
  const options = { write: false, packages: 'external', minifySyntax: false, minifyWhitespace: false } as const
  const { outputFiles, metafile } = await build({ ...bundleOptions(), ...options })
  return new Map(
    outputFiles.map(({ path, text }) => {
      const bundle = basename(path)
      const imports = metafile.outputs[`dist/${bundle}`]?.imports ?? []
      return [bundle, variables(text, new Set(imports.map(({ path: source }) => source)))]
    }),
  )
}

function variables(code: string, packages: ReadonlySet<string>): string[] {
  const texts = new Set(ownModules(code).flatMap((module) => [...module.matchAll(TEXT)].map(([, , text]) => text)))
  const settings = SETTING_NAMES.filter((name) => texts.has(name))
  const fromPackages = Object.entries(PACKAGE_VARIABLES).flatMap(([name, variable]) =>
    packages.has(name) ? [variable] : [],
  )
  const plain = settings.filter((name) => !isSecret(name))
  const path = settings.some(isSecret) ? ['PARAMETER_PATH'] : []
  return [...new Set([...plain, ...fromPackages, ...path])].toSorted()
}

/** The code of each module but those of lib/config/, which name every setting. */
function ownModules(code: string): string[] {
  const [, ...parts] = code.split(MODULE_PATH)
  return parts.filter((_, index) => index % 2 === 1 && !parts[index - 1]?.startsWith('lib/config/'))
}
