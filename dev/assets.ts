import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { apiDescription } from '../lib/openapi/document.ts'
import { endpointTableHtml } from './generate/endpoints.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Place of the endpoint table in web/index.html. */
const ENDPOINTS = '<!-- endpoints -->'

const endpointTable: Plugin = {
  name: 'endpoint-table',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]web[\\/]index\.html$/ }, ({ path }) => {
      const home = readFileSync(path, 'utf8')
      if (!home.includes(ENDPOINTS)) throw new Error(`web/index.html has no ${ENDPOINTS}`)
      return { contents: home.replace(ENDPOINTS, endpointTableHtml()), loader: 'copy' }
    }),
}

/** Options that bundle the pages of `web/`: each script and style sheet contains all it needs. The home page gets its endpoint table. */
export const assetOptions = () =>
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
    metafile: true,
    plugins: [endpointTable],
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

/** Bundles the pages and writes the API description. */
export async function writeAssets(folder = `${root}dist/assets`): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await build({ ...assetOptions(), outdir: folder })
  writeFileSync(`${folder}/openapi.json`, descriptionText())
}
