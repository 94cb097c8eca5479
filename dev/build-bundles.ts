import { fork } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleDigest } from './bundle-digest.ts'
import { SetupError } from './setup-error.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What bundles are made of: code, routes, and packages in the versions that npm has installed. */
const FOLDERS = ['functions', 'lib', 'web', 'dev']
const FILES = ['serverless.yml', 'package.json', 'package-lock.json', 'node_modules/.package-lock.json']

/**
 * Returns the folder with bundles of the functions and the pages, under `folder`. Bundles of other sources stay, so that
 * running functions keep their files. Rejects if the build is broken; the reason has been printed.
 *
 * Shared modules are files of their own, unlike in a deployment: the build takes a fifth of the time. The bundler and the
 * API description need some 300 MB, so that they have a process of their own, which ends with the build.
 */
export async function buildBundles(folder: string): Promise<URL> {
  const name = await sourceDigest()
  const finished = resolve(folder, name)
  if (existsSync(finished)) return bundlesIn(finished)
  const build = resolve(folder, `${Date.now()}`)
  const [status] = await once(fork(new URL('build-process.ts', import.meta.url), [`${build}/dist`]), 'exit')
  if (status !== 0) throw new SetupError('The functions cannot be bundled: see above.')
  // The bundles of sources that have changed meanwhile are not those of the digest.
  if ((await sourceDigest()) !== name) return bundlesIn(build)
  await rename(build, finished)
  return bundlesIn(finished)
}

/** Removes all bundles in a folder but those of the current sources. No function may run. */
export async function removeOutdatedBundles(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const current = names.length > 0 ? await sourceDigest() : ''
  const outdated = names.filter((name) => name !== current)
  await Promise.all(outdated.map((name) => rm(resolve(folder, name), { recursive: true, force: true })))
}

const bundlesIn = (build: string): URL => pathToFileURL(`${build}/dist/`)

async function sourceDigest(): Promise<string> {
  const folders = await Promise.all(FOLDERS.map((name) => bundleDigest(root + name)))
  const files = await Promise.all(FILES.map((name) => readFile(root + name, 'utf8').catch(() => '')))
  return hash('sha256', JSON.stringify([folders, files]), 'hex').slice(0, 32)
}
