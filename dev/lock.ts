import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'

/** Whether this process has the lock, and then whether its last holder crashed; or the process that has it. */
export type LockResult = { state: 'acquired'; afterCrash: boolean } | { state: 'held'; pid: number }

/** Locks a folder for this process. The lock of a process that has ended is replaced. */
export async function lockFolder(folder: string): Promise<LockResult> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = `${folder}/lock`
  const candidate = `${file}-${process.pid}`
  // Written first and then linked, so that a lock always names its process.
  await writeFile(candidate, String(process.pid))
  let afterCrash = false
  try {
    for (;;) {
      if (await link(candidate, file).then(() => true, falseIfExists)) return { state: 'acquired', afterCrash }
      const holder = await readFile(file, 'utf8').catch(() => null)
      if (holder === null) continue
      if (await isLatchkey(Number(holder))) return { state: 'held', pid: Number(holder) }
      afterCrash = true
      await removeStale(file, holder, `${candidate}-stale`)
    }
  } finally {
    await rm(candidate, { force: true })
  }
}

export const unlockFolder = (folder: string): Promise<void> => rm(`${folder}/lock`, { force: true })

function falseIfExists(error: unknown): false {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
  throw error
}

/** Removes a stale lock. If another process has replaced it in the meantime, the new lock is restored. */
async function removeStale(file: string, holder: string, aside: string): Promise<void> {
  const moved = await rename(file, aside).then(
    () => readFile(aside, 'utf8'),
    () => null,
  )
  if (moved !== null && moved !== holder) await link(aside, file).catch(() => undefined)
  await rm(aside, { force: true })
}

/** Whether a process runs and is a Latchkey: the system may have reused the process id. */
export async function isLatchkey(pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  // Only Linux has /proc; on other systems a running process with this id is assumed to be ours.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'start.ts')
  return command.includes('start.ts')
}
