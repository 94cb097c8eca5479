import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import * as z from 'zod'
import { isLatchkey } from './lock.ts'

const run = z.object({
  pid: z.int(),
  url: z.string(),
  /** URL of the embedded DynamoDB. */
  endpoint: z.string(),
  /** Names of the secrets that it reads from its environment instead of secrets.json. */
  from_environment: z.array(z.string()),
})

/** How to reach the Latchkey that runs on this machine. */
export type RunningInstance = z.output<typeof run>

/** Writes the file by which the command line finds this process; only its owner may read it. */
export async function writeRun(folder: string, current: RunningInstance): Promise<void> {
  const file = `${folder}/run.json`
  await writeFile(`${file}.new`, `${JSON.stringify(current)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

export const removeRun = (folder: string): Promise<void> => rm(`${folder}/run.json`, { force: true })

/** The Latchkey that runs with a folder; null if none runs, even if a killed one left its file. */
export async function readRun(folder: string): Promise<RunningInstance | null> {
  const text = await readFile(`${folder}/run.json`, 'utf8').catch(() => null)
  if (text === null) return null
  const current = run.parse(JSON.parse(text))
  return (await isLatchkey(current.pid)) ? current : null
}
