import { rmSync } from 'node:fs'
import { build } from 'esbuild'
import { writeAssets } from './assets.ts'
import { bundleOptions } from './bundle.ts'
import { bundleDigest } from './bundle-digest.ts'

/** Makes in dist/ what a deployment contains: the functions and the pages. */
export async function buildDeployment(): Promise<void> {
  rmSync('dist', { recursive: true, force: true })
  await Promise.all([build(bundleOptions()), writeAssets()])
}

/** `npm run build`: prints the digest, with which several stages can be given the same code. */
async function main(): Promise<void> {
  await buildDeployment()
  console.log(await bundleDigest())
}

if (import.meta.main) await main()
