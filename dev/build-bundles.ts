import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SetupError } from './setup-error.ts'

/**
 * Bundles the functions and the pages. Each build gets its own folder under `folder`, which is returned, so that running
 * functions keep their files. Rejects if the build is broken; the reason has been printed.
 *
 * Shared modules are files of their own, unlike in a deployment: the build takes a fifth of the time. The bundler and the
 * API description need some 300 MB, so that they have a process of their own, which ends with the build.
 */
export async function buildBundles(folder: string): Promise<URL> {
  const bundles = resolve(folder, String(Date.now()), 'dist')
  const [status] = await once(fork(new URL('build-process.ts', import.meta.url), [bundles]), 'exit')
  if (status !== 0) throw new SetupError('The functions cannot be bundled: see above.')
  return pathToFileURL(`${bundles}/`)
}
