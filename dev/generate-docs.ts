import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { accessReference } from './generate/access.ts'
import { generateCli } from './generate/cli.ts'
import { httpApiReference } from './generate/endpoints.ts'
import { errorReference } from './generate/errors.ts'
import { generateLimits } from './generate/limits.ts'
import { runbook } from './generate/runbook.ts'
import { generateSettings } from './generate/settings.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

type Documents = Record<string, string>

const GENERATORS: readonly (() => Documents | Promise<Documents>)[] = [
  generateCli,
  generateSettings,
  generateLimits,
  runbook,
  accessReference,
  () => ({ 'docs/reference/http-api.md': httpApiReference(), 'docs/reference/errors.md': errorReference() }),
]

/** All generated documents: their texts by path. */
export const generateDocuments = async (): Promise<Documents> =>
  Object.assign({}, ...(await Promise.all(GENERATORS.map((generate) => generate()))))

/** `npm run docs` names the documents that are not up to date and exits with 1; `-- --write` writes them. */
async function main(write: boolean): Promise<void> {
  for (const [path, text] of Object.entries(await generateDocuments())) {
    if ((await readFile(root + path, 'utf8').catch(() => null)) === text) continue
    if (write) {
      await mkdir(dirname(root + path), { recursive: true })
      await writeFile(root + path, text)
      console.log(`${path}: written`)
    } else {
      console.error(`${path} is not up to date: run npm run docs -- --write.`)
      process.exitCode = 1
    }
  }
}

if (import.meta.main) await main(process.argv.includes('--write'))
