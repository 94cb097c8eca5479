import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import { apiDescription } from '../lib/openapi/document.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * How the pages of `web/` are bundled: each script and style sheet with all it needs, since the pages take nothing from
 * elsewhere, and the HTML as it is.
 */
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
    // What is handed out to others carries its licences.
    legalComments: 'eof',
    logLevel: 'warning',
    metafile: true,
  }) satisfies BuildOptions

/** The API description as it is served. */
export const descriptionText = (): string => `${JSON.stringify(apiDescription(), null, 2)}\n`

/** Bundles the pages and writes the API description next to them. */
export async function writeAssets(folder = `${root}dist/assets`): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await build({ ...assetOptions(), outdir: folder })
  writeFileSync(`${folder}/openapi.json`, descriptionText())
}
