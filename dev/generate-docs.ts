import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { limitsDocuments } from './generate/limits.ts'
import { settingsDocuments } from './generate/settings.ts'
import { packageTemplate } from './package-template.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** `npm run docs`: whether the generated documents match their sources. With `--write`, writes those that do not. */
async function main(): Promise<void> {
  const { write } = parseArgs({ options: { write: { type: 'boolean' } } }).values
  const documents = { ...settingsDocuments(), ...limitsDocuments(await packageTemplate('local')) }
  for (const [path, text] of Object.entries(documents)) {
    const current = await readFile(root + path, 'utf8').catch(() => null)
    if (current === text) continue
    if (write) {
      await mkdir(dirname(root + path), { recursive: true })
      await writeFile(root + path, text)
      console.log(`${path}: written`)
    } else {
      console.error(`${path} is out of date: run npm run docs -- --write.`)
      process.exitCode = 1
    }
  }
}

await main()
