import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { buildFunctions } from './harness.ts'
import { formatTables, readSection, type Section } from './report.ts'

/**
 * `npm run bench`: runs each part in its own process, one after another. Prints the tables, and writes bench-report.json.
 * `npm run bench -- tokens read` runs only these two. `quick` runs the aims that depend on the machine, with few rounds.
 * `stress` runs the parts that fill tables, kill processes or use up limits. `--runs 2` runs everything twice. `--write`
 * writes the tables of a run of `PARTS` to bench/results/performance.md.
 */
const PARTS = [
  'start',
  'ingest',
  'command',
  'blocks',
  'read',
  'aggregates',
  'growth',
  'tokens',
  'dpop',
  'peer',
  'appetite',
]
const QUICK_PARTS = ['start', 'ingest', 'command', 'aggregates', 'dpop', 'peer']
const STRESS_PARTS = ['endpoints', 'providers', 'forwarding', 'load', 'burst', 'cold', 'fleet']

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false }, runs: { type: 'string', default: '1' } },
})
const isQuick = positionals.includes('quick')
const chosen = positionals.flatMap((name) => (name === 'quick' ? [] : name === 'stress' ? STRESS_PARTS : [name]))
const known = [...PARTS, ...STRESS_PARTS]
const unknown = chosen.filter((name) => !known.includes(name))
if (unknown.length > 0) throw new Error(`Unknown parts: ${unknown.join(', ')}. Use ${known.join(', ')}.`)
if (values.write && positionals.length > 0) throw new Error('--write needs a whole run: leave out the names of parts.')

const startedAt = performance.now()
const failed: string[] = []
const seconds: string[] = []
const bundles = await buildFunctions()
const environment = { ...process.env, BENCH_QUICK: isQuick ? '1' : '', BENCH_BUNDLES: bundles.href }

/** Runs one part and returns its figures; none if it was left out, because this machine lacks something. */
async function runPart(part: string): Promise<Section[]> {
  const sections: Section[] = []
  const started = performance.now()
  const child = fork(new URL(`${part}.ts`, import.meta.url), { env: environment })
  child.on('message', (message) => sections.push(readSection(message)))
  const [status] = await once(child, 'exit')
  if (status !== 0) failed.push(part)
  const time = `${((performance.now() - started) / 1_000).toFixed(0)} s`
  seconds.push(`${part} ${time}`)
  console.error(`${part}: ${time}${status === 0 && sections.length === 0 ? ', left out' : ''}`)
  return sections
}

const parts = chosen.length > 0 ? chosen : isQuick ? QUICK_PARTS : PARTS
const runs: Section[][] = []
while (runs.length < Number(values.runs)) {
  const sections: Section[] = []
  for (const part of parts) sections.push(...(await runPart(part)))
  runs.push(sections)
}
await rm(bundles, { recursive: true })

const [processor] = cpus()
const machine = `${cpus().length} x ${processor?.model.trim()}, Node ${process.versions.node}, ${process.platform}`
const date = new Date().toISOString().slice(0, 10)
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1)
const text = [
  `On ${date}, ${machine}:`,
  formatTables(runs),
  `This took ${minutes} minutes: ${seconds.join(', ')}.`,
].join('\n\n')
console.log(text)
await writeFile('bench-report.json', JSON.stringify({ machine, date, runs }, null, 2))
if (values.write) {
  const intro = [
    '# Benchmark figures',
    'Written by `npm run bench -- --write`. [Performance](../../docs/operations/performance.md) explains the parts and the aims.',
  ]
  await writeFile('bench/results/performance.md', `${[...intro, text].join('\n\n')}\n`)
}
if (failed.length > 0) {
  console.error(`These parts failed: ${failed.join(', ')}.`)
  process.exitCode = 1
}
