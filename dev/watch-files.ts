import { watch } from 'node:fs'
import { errorText } from './setup-error.ts'

/**
 * Calls `onChange` 200 ms after the last change of a file that matches, in a folder and its subfolders. Editors write in
 * several steps, or rename a new file. Prints the error if `onChange` rejects.
 */
export function watchFiles(folder: string, matches: RegExp, onChange: () => Promise<void>, recursive = true): void {
  let timer: NodeJS.Timeout | undefined
  watch(folder, { recursive }, (_event, name) => {
    if (name === null || !matches.test(name)) return
    clearTimeout(timer)
    timer = setTimeout(() => onChange().catch((error: unknown) => console.error(errorText(error))), 200)
  })
}
