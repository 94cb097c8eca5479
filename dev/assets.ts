import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import { apiDescription } from '../lib/openapi/document.ts'
import { endpointTableHtml } from './generate/endpoints.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Place of the endpoint table in web/index.html. */
const ENDPOINTS = '<!-- endpoints -->'

/** Options that bundle the pages of `web/`: each script and style sheet contains all it needs. */
const assetOptions = () =>
  ({
    absWorkingDir: root,
    entryPoints: readdirSync(`${root}web`)
      .filter((file) => /^[\w-]+\.(?:ts|css|html|svg)$/.test(file))
      .map((file) => `web/${file}`),
    outdir: 'dist/assets',
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    loader: { '.html': 'copy', '.svg': 'copy' },
    minify: true,
    // The bundles are distributed, so they carry the licences of the packages.
    legalComments: 'eof',
    logLevel: 'warning',
  }) satisfies BuildOptions

/** The API description as it is served. */
export const descriptionText = (): string => `${JSON.stringify(apiDescription(), null, 2)}\n`

/** Runs a program of npm with a file of the API description. Exits with its status. */
export function runWithDescription(command: string, argsOf: (file: string) => string[], env = process.env): void {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  const file = join(folder, 'openapi.json')
  writeFileSync(file, descriptionText())
  const shell = process.platform === 'win32' && command === 'npm'
  const { status } = spawnSync(command, argsOf(file), { env, stdio: 'inherit', shell })
  rmSync(folder, { recursive: true })
  process.exitCode = status ?? 1
}

/**
 * Bundles the pages, adds the endpoint table to the home page, and writes the API description. Files that are right already
 * are not written again: another process may serve them.
 */
export async function writeAssets(folder = `${root}dist/assets`): Promise<void> {
  const { outputFiles } = await build({ ...assetOptions(), outdir: folder, write: false })
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), Buffer.from(contents)]))
  const home = files.get('index.html')?.toString() ?? ''
  if (!home.includes(ENDPOINTS)) throw new Error(`web/index.html has no ${ENDPOINTS}`)
  files.set('index.html', Buffer.from(home.replace(ENDPOINTS, endpointTableHtml())))
  files.set('openapi.json', Buffer.from(descriptionText()))
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of files) {
    const file = join(folder, name)
    if (!existsSync(file) || !readFileSync(file).equals(content)) writeFileSync(file, content)
  }
}
