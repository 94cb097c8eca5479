import { watch } from 'node:fs'
import { errorText } from './setup-error.ts'

/** Calls `onChange` 200 ms after the last change of a file: editors write in several steps, or rename a new file. */
export function watchFile(folder: string, file: string, onChange: () => Promise<void>): void {
  let timer: NodeJS.Timeout | undefined
  watch(folder, (_event, name) => {
    if (name !== file) return
    clearTimeout(timer)
    timer = setTimeout(() => onChange().catch((error: unknown) => console.error(errorText(error))), 200)
  })
}
