import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * How every function is bundled, for the deployment and for the local run alike: one ES module each, with all it needs.
 * `mainFields` picks the SDK's module build: its CommonJS one would ask for a `require` that a module does not have.
 * Names stay readable, so that a stack trace in the logs is worth reading.
 * @returns {import('esbuild').BuildOptions & { metafile: true }}
 */
export const bundleOptions = () => ({
  absWorkingDir: root,
  entryPoints: readdirSync(`${root}functions`).map((file) => `functions/${file}`),
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  external: ['@smithy/core/event-streams'],
  alias: { '@aws-sdk/credential-provider-node': `${root}lib/credentials.ts` },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
})
