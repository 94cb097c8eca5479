import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import * as z from 'zod'
import { bundleOptions } from './bundle.ts'

/**
 * Compares the size of each bundle with its budget, because Lambda loads the whole bundle before the first call. Rejects
 * code that a bundle never runs. `--write` records budgets of 5 % above the current sizes.
 */
const { write = false } = parseArgs({ options: { write: { type: 'boolean' } } }).values

/** Kilobytes of a zipped bundle, by function. The aim is 40 without tables, and 110 with tables and the AWS SDK (70). */
const FILE = new URL('bundle-budgets.json', import.meta.url)
const budgets = z.record(z.string(), z.number()).parse(JSON.parse(readFileSync(FILE, 'utf8')))

/** Budget of a function that has none yet. */
const DEFAULT_BUDGET = 160

interface Rule {
  /** Packages, paths of files or folders, or modules of Node. */
  code: readonly string[]
  /** Functions that may carry it, or that must not. */
  only?: RegExp
  not?: RegExp
}

const RULES: readonly Rule[] = [
  // dev/bundle.ts, dev/bundle-packages.ts, lib/config/aws-request.ts and the linter keep these out of every bundle.
  {
    code: [
      '@aws-sdk/client-ssm',
      '@aws-sdk/credential-provider-node',
      '@smithy/core/dist-es/submodules/event-streams',
      'zod/v4/classic',
      'zod-openapi',
      'lib/openapi/',
      'dev/',
      'cli/',
      'mnemonist',
      'node_modules/@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js',
      'node_modules/@smithy/core/dist-es/submodules/config/shared-ini-file-loader/parseIni.js',
      'node:process',
    ],
    not: /^/,
  },
  { code: ['node:fs'], only: /^static-pages$/ },
  { code: ['node:crypto'], not: /^not-found$/ },
  {
    code: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'lib/measurements/parse-body.ts'],
    only: /^(?:upload|process-files)$/,
  },
  { code: ['@aws-sdk/client-s3'], only: /^(?:create-file|file|process-files)$/ },
  { code: ['hyparquet-writer', 'hyparquet'], only: /^process-files$/ },
  { code: ['@remix-run/multipart-parser'], only: /^submit$/ },
  { code: ['cborg', '@peculiar/asn1-schema', '@peculiar/asn1-x509', 'asn1js'], only: /^attest$/ },
  { code: ['ipaddr.js'], only: /^(?:register|token|webhook|approve|receive-webhook|retry-jobs)$/ },
  { code: ['negotiator'], only: /^(?:token|static-pages|download|series|shares|submissions|events)$/ },
  { code: ['web/'], only: /^(?:download|static-pages)$/ },
  {
    code: ['lib/measurements/table.ts'],
    only: /^(?:upload|influx-write|download|series|exports|create-share|process-files)$/,
  },
  {
    code: ['lib/measurements/'],
    only: /^(?:register|upload|influx-write|download|series|exports|shares|create-share|submissions|events|redrive-events|token|forward-measurements|create-file|process-files)$/,
  },
  { code: ['@middy/core'], not: /^(?:retry-jobs|forward-measurements|clean-up-submissions|process-files)$/ },
  { code: ['jose', '@aws-sdk/client-dynamodb'], not: /^(?:jwks|oauth-metadata|not-found|static-pages)$/ },
  { code: ['jose'], not: /^(?:health|fetch-score|finish|clean-up-submissions|process-files)$/ },
  // The HTTP client for providers.
  { code: ['ky'], not: /^(?:register|token|introspect|revoke|jwks|oauth|webhook|upload|download|series|sub|delete)/ },
  { code: ['ky'], not: /^(?:health|not-found|static-pages|onboarding-status|join-call|clean-up)/ },
]

/** The first of the inputs that is one of `code`: paths, or names of packages. */
const findCode = (code: readonly string[], inputs: readonly string[]) =>
  inputs.find((input) => code.some((name) => input.startsWith(name) || input.includes(`node_modules/${name}/`)))

const { outputFiles, metafile } = await build({ ...bundleOptions(), write: false, sourcemap: false })
const sizes = new Map<string, number>()
const faults: string[] = []
for (const { path, contents } of outputFiles) {
  const name = path.replace(/^.*\//, '').replace('.mjs', '')
  const kilobytes = gzipSync(contents, { level: 9 }).length / 1000
  const budget = budgets[name] ?? DEFAULT_BUDGET
  sizes.set(name, Math.ceil(kilobytes * 1.05))
  console.log(`${name.padEnd(28)} ${kilobytes.toFixed(0).padStart(4)} of ${budget} kB zipped`)
  if (kilobytes > budget && !write)
    faults.push(`${name} has ${kilobytes.toFixed(1)} kB zipped, more than ${budget}: npm run bundles -- --write`)
  const { inputs: all = {}, imports = [] } = metafile.outputs[`dist/${name}.mjs`] ?? {}
  const code = Object.entries(all).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const inputs = [...code.map(([input]) => input), ...imports.map((external) => external.path)]
  if (contents.some((byte) => byte > 127))
    faults.push(`functions/${name}.ts has characters outside ASCII, which V8 compiles more slowly: escape them`)
  for (const { code: excluded, only, not } of RULES) {
    const found = findCode(excluded, inputs)
    if (found !== undefined && (not?.test(name) || (only && !only.test(name))))
      faults.push(`functions/${name}.ts carries ${found}, which the rules of dev/check-bundles.ts exclude`)
  }
}
if (write) writeFileSync(FILE, `${JSON.stringify(Object.fromEntries([...sizes].sort()), null, 2)}\n`)
for (const fault of faults) console.error(fault)
process.exit(faults.length > 0 ? 1 : 0)
