import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { bundleOptions } from './bundle.ts'

/**
 * Kilobytes that a zipped function may have: it is what Lambda fetches and Node compiles before the first call. A
 * twentieth above what it has, so that an import which brings much along is noticed. Without tables 40 is the aim, with
 * tables 110: there the client of DynamoDB takes 76 by itself. The large build of Zod would take 20 more: what reads
 * requests and items is written for the small one, which describes the API as well.
 */
const BUDGETS: Readonly<Record<string, number>> = {
  'not-found': 15,
  jwks: 39,
  'oauth-metadata': 39,
  'static-pages': 43,
  'clean-up-submissions': 99,
  health: 111,
  submission: 122,
  revoke: 123,
  introspect: 123,
  'delete-submission': 124,
  submissions: 125,
  'webhook-helplightning': 125,
  'submission-part': 126,
  'join-call': 128,
  'onboarding-status': 128,
  register: 129,
  submit: 131,
  'fetch-score': 131,
  finish: 131,
  series: 132,
  token: 133,
  webhook: 133,
  'incode-verify-login': 140,
  download: 140,
  'access-token': 141,
  'help-lightning-user-token': 142,
  'retry-jobs': 142,
  'create-call': 148,
  start: 151,
  'onboarding-url': 151,
  approve: 154,
  'forward-measurements': 155,
  upload: 161,
}

/** What must not be in a function's bundle: code that it never runs. */
const MEASURING = ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'lib/measurements/']
/** What dev/bundle.ts, lib/config/ssm.ts and the linter are there to keep out. */
const NOWHERE = [
  '@aws-sdk/client-ssm',
  '@aws-sdk/credential-provider-node',
  '@smithy/core/dist-es/submodules/event-streams',
  'zod/v4/classic',
]
const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  'not-found': ['@aws-sdk/client-dynamodb', 'jose', 'csv-parse', '@msgpack/msgpack'],
  health: ['jose', 'csv-parse', '@msgpack/msgpack', 'lib/measurements/'],
  register: [...MEASURING, 'ky'],
  token: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky'],
  download: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky'],
  upload: ['negotiator', 'ipaddr.js', 'ky'],
  introspect: [...MEASURING, 'ky'],
  revoke: [...MEASURING, 'ky'],
  jwks: [...MEASURING, 'ky', 'jose', '@aws-sdk/client-dynamodb', 'zod/v4/classic'],
  'oauth-metadata': [...MEASURING, 'ky', 'jose', '@aws-sdk/client-dynamodb', 'zod/v4/classic'],
  series: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', 'negotiator'],
  submit: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', 'negotiator'],
  submissions: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  submission: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  'submission-part': ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  'delete-submission': ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  'static-pages': [...MEASURING, 'ky', 'jose', '@aws-sdk/client-dynamodb', 'zod/v4/classic', 'dev/'],
  'clean-up-submissions': [...MEASURING, '@middy/core', 'jose', 'ky'],
  start: MEASURING,
  'onboarding-url': MEASURING,
  'onboarding-status': [...MEASURING, 'ky'],
  'fetch-score': MEASURING,
  finish: MEASURING,
  webhook: [...MEASURING, 'ky'],
  approve: MEASURING,
  'incode-verify-login': MEASURING,
  'help-lightning-user-token': MEASURING,
  'create-call': MEASURING,
  'join-call': [...MEASURING],
  'webhook-helplightning': [...MEASURING, 'ky'],
  'access-token': MEASURING,
  'retry-jobs': [...MEASURING, '@middy/core'],
  'forward-measurements': ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', '@middy/core', 'lib/measurements/table.ts'],
}

const { outputFiles, metafile } = await build({ ...bundleOptions(), write: false, sourcemap: false })
const faults: string[] = []
for (const { path, contents } of outputFiles) {
  const name = path.replace(/^.*\//, '').replace('.mjs', '')
  const bytes = gzipSync(contents, { level: 9 }).length
  console.log(`${name.padEnd(18)} ${(bytes / 1000).toFixed(0).padStart(4)} kB zipped`)
  const budget = (BUDGETS[name] ?? 0) * 1000
  if (bytes > budget) faults.push(`${name} has ${bytes} bytes zipped; its budget is ${budget}`)
  const inputs = Object.keys(metafile.outputs[`dist/${name}.mjs`]?.inputs ?? {})
  for (const stranger of [...NOWHERE, ...(STRANGERS[name] ?? [])]) {
    const found = inputs.find((input) => input.startsWith(stranger) || input.includes(`node_modules/${stranger}/`))
    if (found !== undefined) faults.push(`${name} carries ${found}, which it does not need`)
  }
}
for (const fault of faults) console.error(fault)
process.exit(faults.length > 0 ? 1 : 0)
