import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { writeAssets } from './assets.ts'
import { bundleOptions } from './bundle.ts'
import { SetupError } from './setup-error.ts'

/**
 * Bundles the functions and the pages. Each build gets its own folder under `folder`, which is returned, so that running
 * functions keep their files. Rejects if the build is broken; esbuild has printed the errors.
 *
 * Shared modules are files of their own, unlike in a deployment: the build takes a fifth of the time.
 *
 * Watching is not left to esbuild: its process ends with ours, unless it watches or has a plugin. Then it also waits for
 * a response to its last ping, which a killed process never sends.
 */
export async function buildBundles(folder: string): Promise<URL> {
  const bundles = resolve(folder, String(Date.now()), 'dist')
  try {
    await Promise.all([
      build({ ...bundleOptions(), outdir: bundles, splitting: true }),
      writeAssets(`${bundles}/assets`),
    ])
  } catch (cause) {
    throw new SetupError('The functions cannot be bundled: see above.', { cause })
  }
  return pathToFileURL(`${bundles}/`)
}
