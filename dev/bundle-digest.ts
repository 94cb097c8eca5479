import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'

/**
 * The SHA-256 of all files in a folder and of their names. Two deployments with one digest have the same code, because the
 * framework packs files without their times.
 */
export async function bundleDigest(folder = 'dist'): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`)
  const files = await Promise.all(
    paths
      .toSorted()
      .map(async (path) => [path.slice(folder.length), hash('sha256', await readFile(path), 'hex')] as const),
  )
  return hash('sha256', JSON.stringify(files), 'hex')
}

/** Returns why the bundles in dist/ must not be deployed, or null. */
export function digestError(expected: string, actual: string): string | null {
  if (expected === actual) return null
  return `The files in dist/ have the digest ${actual}, not ${expected}: run npm run build, or use the files of that build.`
}
