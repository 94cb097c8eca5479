import { mkdir, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildOptions, type BuildResult, context, type OutputFile } from 'esbuild'
import { assetOptions, descriptionText } from './assets.ts'
import { bundleOptions } from './bundle.ts'
import { SetupError } from './setup-error.ts'

export interface BundleWatcher {
  stop(): Promise<void>
}

/**
 * Bundles the functions and the pages, now and after each change. Each build gets its own folder under `folder`, so that
 * running functions keep their files. `onBuild` gets the folder of each complete build. esbuild prints the errors of a
 * broken build, which is skipped. Rejects if the first build is broken.
 */
export async function watchBundles(folder: string, onBuild: (bundles: URL) => Promise<void>): Promise<BundleWatcher> {
  const firstBuild = Promise.withResolvers<void>()
  const outputs = new Map<string, OutputFile[]>()

  async function onEnd(subfolder: string, { errors, outputFiles = [] }: BuildResult): Promise<void> {
    if (errors.length > 0) return firstBuild.reject(new SetupError('The functions cannot be bundled: see above.'))
    outputs.set(subfolder, outputFiles)
    if (outputs.size < 2) return
    const bundles = `${folder}/${Date.now()}/dist`
    await mkdir(`${bundles}/assets`, { recursive: true })
    const writes = [...outputs].flatMap(([place, files]) =>
      files.map(({ path, contents }) => writeFile(`${bundles}/${place}${basename(path)}`, contents)),
    )
    await Promise.all([...writes, writeFile(`${bundles}/assets/openapi.json`, descriptionText())])
    await onBuild(pathToFileURL(`${bundles}/`))
    firstBuild.resolve()
  }

  async function watch(subfolder: string, options: BuildOptions) {
    const build = await context({
      ...options,
      write: false,
      plugins: [{ name: 'on-end', setup: ({ onEnd: after }) => after((result) => onEnd(subfolder, result)) }],
    })
    await build.watch()
    return build
  }

  const builds = await Promise.all([watch('', bundleOptions()), watch('assets/', assetOptions())])
  await firstBuild.promise
  return {
    async stop() {
      await Promise.all(builds.map((build) => build.dispose()))
    },
  }
}
