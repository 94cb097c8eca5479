import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BuildOptions } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * esbuild options for the functions, used by the deployment and the local run: one small ES module each, because Lambda
 * compiles all of it at every cold start.
 *
 * - CommonJS and shortened names were measured: neither starts faster. Full names keep stack traces readable; esbuild's
 *   `keepNames` would too, but makes the start 10 % slower.
 * - `mainFields` selects the SDK's ES modules: its CommonJS build calls `require`, which ES modules do not have.
 * - `event-streams` stays external: the SDK imports it only for streaming responses, which no function uses. Bundled, the
 *   import() would prevent tree shaking of the SDK's core.
 * - `alias` replaces the SDK's chain of credential providers: a function's credentials are in its environment.
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
