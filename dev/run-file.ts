import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import * as z from 'zod'
import { isLatchkey } from './lock.ts'

const run = z.object({
  pid: z.int(),
  url: z.string(),
  /** Of the embedded DynamoDB. */
  endpoint: z.string(),
  /** Names of the secrets that come from its environment instead of secrets.json. */
  from_environment: z.array(z.string()),
})

/** How the Latchkey that runs on this machine is reached. */
export type RunningInstance = z.output<typeof run>

/** Tells the command line where this process is, in a file that only its owner may read. */
export async function writeRun(folder: string, current: RunningInstance): Promise<void> {
  const file = `${folder}/run.json`
  await writeFile(`${file}.new`, `${JSON.stringify(current)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

export const removeRun = (folder: string): Promise<void> => rm(`${folder}/run.json`, { force: true })

/** The Latchkey that runs with a folder; null when none does, whatever one that was killed has left there. */
export async function readRun(folder: string): Promise<RunningInstance | null> {
  const text = await readFile(`${folder}/run.json`, 'utf8').catch(() => null)
  if (text === null) return null
  const current = run.parse(JSON.parse(text))
  return (await isLatchkey(current.pid)) ? current : null
}
