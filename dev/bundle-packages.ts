import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import * as z from 'zod'

const PARTS = fileURLToPath(new URL('../lib/config/package-parts.ts', import.meta.url))

/** Modules of the SDK that functions never run. */
const UNUSED =
  /\/(?:shared-ini-file-loader\/loadSharedConfigFiles|sha256\/Sha256Js|endpoint-cache\/dist-es\/index)\.js$/

/** Node loads a module for `node:crypto`, and for many members of the other two, all of which an import reads. */
const BUILTINS = /^node:(?:crypto|fs|process)$/
/** Modules that import one of them, but run no or few of its members. */
const IMPORTERS = /\/(?:util-body-length\/\w+|util-user-agent-node\/\w+|logger\/lib\/esm\/Logger)\.js$/

/** An SDK client reads its own version from it. */
const MANIFESTS = /\/@aws-sdk\/client-[\w-]+\/package\.json$/
const manifest = z.object({ version: z.string() })

/**
 * Leaves out of the bundles what a start would load or compile of packages without running it. `npm run bundles` rejects
 * bundles that have it again, such as after an update of the SDK.
 */
export const leanPackages: Plugin = {
  name: 'lean-packages',
  setup(build) {
    build.onLoad({ filter: UNUSED }, () => ({ contents: `export * from ${JSON.stringify(PARTS)}`, resolveDir: '/' }))
    build.onResolve({ filter: BUILTINS }, ({ importer }) => (IMPORTERS.test(importer) ? { path: PARTS } : undefined))
    build.onLoad({ filter: MANIFESTS }, ({ path }) => ({
      contents: JSON.stringify(manifest.parse(JSON.parse(readFileSync(path, 'utf8')))),
      loader: 'json',
    }))
  },
}
