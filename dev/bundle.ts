import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BuildOptions } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * How every function is bundled, for the deployment and for the local run alike: one ES module each, with all it needs
 * and little else, since every start compiles all of it.
 *
 * - CommonJS, and shorter names, were measured too: neither starts faster. Names stay, so that a stack trace in the logs
 *   is worth reading; esbuild's `keepNames` would keep them as well, but makes the start slower by a tenth.
 * - `mainFields` picks the SDK's module build: its CommonJS one would ask for a `require` that a module does not have.
 * - The SDK imports what reads event streams only when a service answers with one. None that is used here does; were it
 *   bundled, that import() would keep the core of the SDK from being shaken.
 * - The SDK looks for credentials in many places, with a client for each; those of a function are in its environment.
 */
export const bundleOptions = () =>
  ({
    absWorkingDir: root,
    entryPoints: readdirSync(`${root}functions`)
      .filter((file) => !file.endsWith('.docs.ts'))
      .map((file) => `functions/${file}`),
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['@smithy/core/event-streams'],
    alias: { '@aws-sdk/credential-provider-node': `${root}lib/config/aws-credentials.ts` },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  }) satisfies BuildOptions
