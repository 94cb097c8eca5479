import { fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { formatTable, readSection, type Section } from './report.ts'

/**
 * `npm run bench`: runs each part in its own process, one after another. Prints a table, and writes bench-report.json.
 * `npm run bench -- tokens read` runs only these two. `--write` writes the table to bench/results/performance.md.
 */
const PARTS = [
  'start',
  'ingest',
  'blocks',
  'read',
  'aggregates',
  'growth',
  'tokens',
  'dpop',
  'providers',
  'forwarding',
  'peer',
  'endpoints',
  'appetite',
  'load',
  'burst',
  'cold',
  'fleet',
]

const { positionals, values } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean' } } })
const unknown = positionals.filter((name) => !PARTS.includes(name))
if (unknown.length > 0) throw new Error(`Unknown parts: ${unknown.join(', ')}. Use ${PARTS.join(', ')}.`)

const sections: Section[] = []
const failed: string[] = []
for (const part of positionals.length > 0 ? positionals : PARTS) {
  const started = performance.now()
  const child = fork(new URL(`${part}.ts`, import.meta.url))
  child.on('message', (message) => sections.push(readSection(message)))
  const [status] = await once(child, 'exit')
  if (status !== 0) failed.push(part)
  console.error(`${part}: ${((performance.now() - started) / 1000).toFixed(0)} s`)
}

const [processor] = cpus()
const machine = `${cpus().length} x ${processor?.model.trim()}, Node ${process.versions.node}, ${process.platform}`
const date = new Date().toISOString().slice(0, 10)
const table = formatTable(sections).join('\n')
console.log(`${machine}, ${date}\n\n${table}`)
await writeFile('bench-report.json', JSON.stringify({ machine, date, sections }, null, 2))
if (values.write) {
  const intro = [
    '# Benchmark figures',
    'Written by `npm run bench -- --write`. [Performance](../../docs/operations/performance.md) explains the parts and the targets.',
    `On ${date}, ${machine}:`,
  ]
  await writeFile('bench/results/performance.md', `${[...intro, table].join('\n\n')}\n`)
}
if (failed.length > 0) {
  console.error(`These parts failed: ${failed.join(', ')}.`)
  process.exitCode = 1
}
