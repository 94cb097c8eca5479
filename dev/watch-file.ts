import { watch } from 'node:fs'

/** Editors write a file in several steps, or write another and rename it: the change counts once all has come to rest. */
export function watchFile(folder: string, file: string, changed: () => Promise<void>): void {
  let timer: NodeJS.Timeout | undefined
  watch(folder, (_event, name) => {
    if (name !== file) return
    clearTimeout(timer)
    timer = setTimeout(
      () => changed().catch((error: unknown) => console.error(error instanceof Error ? error.message : String(error))),
      200,
    )
  })
}
