import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'

/**
 * Takes a folder for this process, or tells which other process has it. A lock whose process has ended, however it
 * ended, is taken over.
 */
export async function lockFolder(folder: string): Promise<{ heldBy: number } | null> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = `${folder}/lock`
  const own = `${file}-${process.pid}`
  // Linked when it is complete: nobody ever sees a lock without its process.
  await writeFile(own, String(process.pid))
  try {
    for (;;) {
      if (await link(own, file).then(() => true, isTaken)) return null
      const holder = await readFile(file, 'utf8').catch(() => null)
      if (holder === null) continue
      if (await isLatchkey(Number(holder))) return { heldBy: Number(holder) }
      await removeStale(file, holder, `${own}-stale`)
    }
  } finally {
    await rm(own, { force: true })
  }
}

export const unlockFolder = (folder: string): Promise<void> => rm(`${folder}/lock`, { force: true })

function isTaken(error: unknown): false {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
  throw error
}

/** Moves a stale lock away; another process may have been faster, and what it has taken since is put back. */
async function removeStale(file: string, holder: string, aside: string): Promise<void> {
  const moved = await rename(file, aside).then(
    () => readFile(aside, 'utf8'),
    () => null,
  )
  if (moved !== null && moved !== holder) await link(aside, file).catch(() => undefined)
  await rm(aside, { force: true })
}

/** Whether a process runs, and is not one that has merely come by the number of one that ended. */
export async function isLatchkey(pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  // Only Linux tells so simply what a process is; elsewhere one that runs is taken for ours.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'start.ts')
  return command.includes('start.ts')
}
