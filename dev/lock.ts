import { mkdir, open, readFile, rm } from 'node:fs/promises'

/**
 * Takes a folder for this process, or tells which other process has it. A lock whose process has ended, however it
 * ended, is taken over.
 */
export async function lockFolder(folder: string): Promise<{ heldBy: number } | null> {
  await mkdir(folder, { recursive: true })
  const file = `${folder}/lock`
  for (;;) {
    try {
      const handle = await open(file, 'wx')
      await handle.writeFile(String(process.pid))
      await handle.close()
      return null
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const heldBy = Number(await readFile(file, 'utf8').catch(() => ''))
    if (isRunning(heldBy)) return { heldBy }
    await rm(file, { force: true })
  }
}

export const unlockFolder = (folder: string): Promise<void> => rm(`${folder}/lock`, { force: true })

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
