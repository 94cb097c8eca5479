import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BuildOptions } from 'esbuild'
import { leanPackages } from './bundle-packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * esbuild options for the functions: one small ES module each, because Lambda compiles all of it at every cold start.
 * CommonJS and shortened names were measured, and neither starts faster. Full names keep stack traces readable.
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
    // The SDK's CommonJS build calls `require`, which ES modules do not have.
    mainFields: ['module', 'main'],
    alias: {
      // A function's credentials are in its environment; the SDK would look in many more places.
      '@aws-sdk/credential-provider-node': `${root}lib/config/aws-credentials.ts`,
      // The SDK has an import() of it, so that tree shaking would keep all of it.
      '@smithy/core/event-streams': `${root}lib/config/event-streams.ts`,
    },
    plugins: [leanPackages],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  }) satisfies BuildOptions
