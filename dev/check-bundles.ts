import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { bundleOptions } from './bundle.mjs'

/** Bytes that a zipped function may have: it is what Lambda fetches before the first call. */
const BUDGET = 400_000

/** What must not be in a function's bundle: code that it never runs. */
const MEASURING = ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'lib/measurements/']
const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  'not-found': ['@aws-sdk/client-dynamodb', 'jose', 'csv-parse', '@msgpack/msgpack'],
  health: ['jose', 'csv-parse', '@msgpack/msgpack', 'lib/measurements/'],
  register: [...MEASURING, 'ky'],
  token: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky'],
  download: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky'],
  upload: ['negotiator', 'ipaddr.js', 'ky'],
  introspect: [...MEASURING, 'ky'],
  revoke: [...MEASURING, 'ky'],
  keys: [...MEASURING, 'ky', 'jose', '@aws-sdk/client-dynamodb'],
  metadata: [...MEASURING, 'ky', 'jose', '@aws-sdk/client-dynamodb'],
  series: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', 'negotiator'],
  submit: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', 'negotiator'],
  submissions: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  submission: ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  'submission-part': ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  'delete-submission': ['csv-parse', '@msgpack/msgpack', 'jsonc-parser', 'ky', '@remix-run/multipart-parser'],
  page: [...MEASURING, 'ky', 'jose', '@aws-sdk/client-dynamodb', 'dev/'],
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
  if (bytes > BUDGET) faults.push(`${name} has ${bytes} bytes zipped; its budget is ${BUDGET}`)
  const inputs = Object.keys(metafile.outputs[`dist/${name}.mjs`]?.inputs ?? {})
  for (const stranger of STRANGERS[name] ?? []) {
    const found = inputs.find((input) => input.startsWith(stranger) || input.includes(`node_modules/${stranger}/`))
    if (found !== undefined) faults.push(`${name} carries ${found}, which it does not need`)
  }
}
for (const fault of faults) console.error(fault)
process.exit(faults.length > 0 ? 1 : 0)
