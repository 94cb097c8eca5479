import { type FSWatcher, readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import { errorText } from './setup-error.ts'

/**
 * Calls `onChange` 200 ms after the last change of a file in a folder whose name matches. Editors write in several steps,
 * or rename a new file. Prints the error if `onChange` rejects.
 */
export function watchFiles(folder: string, matches: RegExp, onChange: () => Promise<void>): FSWatcher {
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(folder, (_event, name) => {
    if (name === null || !matches.test(name)) return
    clearTimeout(timer)
    timer = setTimeout(() => onChange().catch((error: unknown) => console.error(errorText(error))), 200)
  })
  return watcher.on('close', () => clearTimeout(timer))
}

/**
 * As `watchFiles`, with all subfolders. Each folder has a watcher of its own: with `recursive`, Node on Linux misses the
 * changes of a file that was replaced once. Folders are looked up again at each change. Returns a function that stops it.
 */
export function watchSources(folder: string, extensions: readonly string[], onChange: () => Promise<void>): () => void {
  const matches = new RegExp(`^[^.]+$|\\.(?:${extensions.join('|')})$`)
  let watchers: FSWatcher[] = []
  const close = () => {
    for (const watcher of watchers) watcher.close()
  }
  const watchFolders = () => {
    close()
    watchers = foldersIn(folder).map((path) =>
      watchFiles(path, matches, async () => {
        watchFolders()
        await onChange()
      }).on('error', () => undefined),
    )
  }
  watchFolders()
  return close
}

const foldersIn = (folder: string): string[] => [
  folder,
  ...readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name)),
]
