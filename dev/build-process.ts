import { build } from 'esbuild'
import { writeAssets } from './assets.ts'
import { bundleOptions } from './bundle.ts'

/** The process of `buildBundles`. Builds into the folder of its argument, and prints what is broken. */
const [, , folder = ''] = process.argv
await Promise.all([build({ ...bundleOptions(), outdir: folder, splitting: true }), writeAssets(`${folder}/assets`)])
