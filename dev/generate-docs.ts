import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { GENERATED } from './docs/generated.ts'

/** `npm run docs` names the generated files that are out of date; with `--write` it writes them. */
const { write = false } = parseArgs({ options: { write: { type: 'boolean' } } }).values
process.chdir(new URL('..', import.meta.url).pathname)

function currentText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

for (const [file, generate] of Object.entries(GENERATED)) {
  const text = generate()
  if (currentText(file) === text) continue
  if (write) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(`wrote ${file}`)
  } else {
    console.error(`${file} is out of date: npm run docs -- --write`)
    process.exitCode = 1
  }
}
