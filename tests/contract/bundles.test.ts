// @module-tag local-only
// It checks files, not the HTTP API.
import { isBuiltin } from 'node:module'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { bundleOptions } from '../../dev/bundle.ts'

it('the bundles import no packages: neither AWS nor a folder elsewhere has node_modules', async () => {
  // Splitting takes a fifth of the time, and changes no import of a package.
  const { metafile } = await build({ ...bundleOptions(), splitting: true, write: false })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports)
  const outside = new Set(imports.filter(({ external }) => external).map(({ path }) => path))
  expect([...outside].filter((path) => !isBuiltin(path))).toEqual([])
})
