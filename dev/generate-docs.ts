import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { generateCli } from './generate/cli.ts'

const GENERATORS: readonly (() => Record<string, string> | Promise<Record<string, string>>)[] = [generateCli]

/** All generated documents: their texts by path. */
export const generateDocuments = async (): Promise<Record<string, string>> =>
  Object.assign({}, ...(await Promise.all(GENERATORS.map((generate) => generate()))))

/** `npm run docs` names the documents that are not up to date and exits with 1; `-- --write` writes them. */
async function main(write: boolean): Promise<void> {
  for (const [file, text] of Object.entries(await generateDocuments())) {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
    if (write) writeFileSync(file, text)
    else {
      console.error(`${file} is not up to date: run npm run docs -- --write.`)
      process.exitCode = 1
    }
  }
}

if (import.meta.main) await main(process.argv.includes('--write'))
