import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { bundleOptions } from './bundle.mjs'

/**
 * Kilobytes that a zipped function may have: it is what Lambda fetches and Node compiles before the first call. A
 * twentieth above what it has, so that an import which brings much along is noticed. Without tables 40 is the aim, with
 * tables 110: there the client of DynamoDB and the large build of Zod, which describes the API, take 90 by themselves.
 */
const BUDGETS: Readonly<Record<string, number>> = {
  'not-found': 15,
  keys: 39,
  metadata: 39,
  page: 43,
  health: 111,
  tidy: 122,
  submission: 143,
  'delete-submission': 144,
  revoke: 145,
  introspect: 145,
  submissions: 146,
  'submission-part': 147,
  'webhook-helplightning': 147,
  join: 149,
  'onboarding-status': 149,
  register: 150,
  submit: 152,
  'fetch-score': 152,
  finish: 152,
  series: 152,
  token: 154,
  webhook: 155,
  'verify-login': 161,
  download: 161,
  'access-token': 162,
  auth: 163,
  sweep: 164,
  session: 169,
  start: 171,
  'onboarding-url': 171,
  approve: 175,
  forward: 175,
  upload: 180,
}

/** What must not be in a function's bundle: code that it never runs. */
const MEASURING = ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'lib/measurements/']
/** What dev/bundle.mjs and lib/parameters.ts are there to keep out. */
const NOWHERE = [
  '@aws-sdk/client-ssm',
  '@aws-sdk/credential-provider-node',
  '@smithy/core/dist-es/submodules/event-streams',
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
  keys: [...MEASURING, 'ky', 'jose', '@aws-sdk/client-dynamodb', 'zod/v4/classic'],
  metadata: [...MEASURING, 'ky', 'jose', '@aws-sdk/client-dynamodb', 'zod/v4/classic'],
  series: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', 'negotiator'],
  submit: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', 'negotiator'],
  submissions: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  submission: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  'submission-part': ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  'delete-submission': ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  page: [...MEASURING, 'ky', 'jose', '@aws-sdk/client-dynamodb', 'zod/v4/classic', 'dev/'],
  tidy: [...MEASURING, '@middy/core', 'jose', 'ky'],
  start: MEASURING,
  'onboarding-url': MEASURING,
  'onboarding-status': [...MEASURING, 'ky'],
  'fetch-score': MEASURING,
  finish: MEASURING,
  webhook: [...MEASURING, 'ky'],
  approve: MEASURING,
  'verify-login': MEASURING,
  auth: MEASURING,
  session: MEASURING,
  join: [...MEASURING],
  'webhook-helplightning': [...MEASURING, 'ky'],
  'access-token': MEASURING,
  sweep: [...MEASURING, '@middy/core'],
  forward: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', '@middy/core', 'lib/measurements/table.ts'],
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
